# SPDX-License-Identifier: Apache-2.0
sources   := main.c shared.c private.c calls.c content.c stress.c
libraries := conformance
features  := fs symbols
