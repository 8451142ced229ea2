# SPDX-License-Identifier: Apache-2.0
sources  := main.c wake.c timer.c
features :=
