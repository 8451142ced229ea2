# SPDX-License-Identifier: Apache-2.0
include apps/sqlite_speedtest1/app.mk
libraries += marked
