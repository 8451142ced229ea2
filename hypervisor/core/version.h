/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#define SHYPER_VERSION "Shyper 0.1"
