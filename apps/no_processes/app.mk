# SPDX-License-Identifier: Apache-2.0
sources  := main.c
features := fs symbols
