# SPDX-License-Identifier: Apache-2.0
sources   := main.c memory.c terminal.c proc.c descriptors.c about.c paths.c
libraries := conformance
features  := fs symbols
