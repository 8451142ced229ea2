# SPDX-License-Identifier: Apache-2.0
sources  := main.c shared.c private.c calls.c stress.c
features := fs symbols
