# SPDX-License-Identifier: Apache-2.0
# What runs the cases of a conformance program
sources := run.c folder.c pages.c
