# SPDX-License-Identifier: Apache-2.0
sources   := main.c data.c names.c descriptors.c about.c newer.c locks.c threads.c
libraries := conformance
features  := fs symbols
