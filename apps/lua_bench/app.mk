# SPDX-License-Identifier: Apache-2.0
include apps/lua/app.mk
libraries := marked
