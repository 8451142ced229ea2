/* SPDX-License-Identifier: Apache-2.0 */
/* A line being typed: the cursor moves in it, earlier lines come back, and what does not fit is refused.
 *
 * Keys: the control characters A B C D E F H K L N P U W, Tab, DEL, and of the sequences terminals send
 * arrows, Home, End and Delete; any other sequence does nothing.
 * Relied on in the terminal: CR, BS and BEL, and CSI C (right), K (erase to the end), H and 2J. */
#pragma once

#include "unikernel/shell/history.h"

#define EDITOR_LINE    1024U        /* bytes, with the zero at the end */
#define EDITOR_COLUMNS 80U

enum editor_event {
    EDITOR_MORE,                    /* the line goes on */
    EDITOR_LINE_END,                /* it is complete: e->text, up to editor_begin */
    EDITOR_LINE_LOST,               /* it is complete, but not all of it fitted */
    EDITOR_ABANDONED,               /* control-C */
    EDITOR_TAB,
};

struct editor {
    char text[EDITOR_LINE];
    uint32_t len, at;               /* at: the cursor's */
    uint32_t back;                  /* lines of history we are back; 0: at what is written now */
    uint32_t tabs;                  /* so many in a row */
    bool lost;                      /* something did not fit */
    bool full;                      /* ... and nothing has been taken away since: it was told */
    bool stale;                     /* the screen does not show the line */
    bool after_cr;
    uint8_t sequence;               /* where in an escape sequence */
    uint32_t number;                /* its first parameter */
    char draft[EDITOR_LINE];        /* what was written before going back */
    struct history history;
};

/** A prompt and an empty line. */
void editor_begin(struct editor *e);

enum editor_event editor_take(struct editor *e, char c);

/** As if typed. */
void editor_insert(struct editor *e, const char *text, size_t len);

/** Show what has not been shown: when no more input waits. */
void editor_draw(struct editor *e);

/** Prompt and line again, below what has been printed. */
void editor_again(struct editor *e);
