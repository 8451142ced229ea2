/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/** The part of pi that `of` threads leave to thread `one`, by Leibniz' series. */
double series_part(unsigned one, unsigned of);
