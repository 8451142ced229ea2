# SPDX-License-Identifier: Apache-2.0
sources  := main.c bound.c
features := symbols
