# SPDX-License-Identifier: Apache-2.0
sources  := main.c anywhere.c locks.c stdio.c
features := symbols
