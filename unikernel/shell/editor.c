/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed at the end of a line that fits on the screen is echoed as it is. Everything else is drawn
 * anew as soon as no more input waits, so that pasted text costs little; of a line that is too wide that
 * is the part around the cursor. */
#include "unikernel/shell/editor.h"
#include "unikernel/kernel/console.h"
#include "unikernel/kernel/log.h"
#include "lib/str.h"

#define PROMPT      "☻ SHELL➜ "
#define PROMPT_COLS 9U
#define ROOM        (EDITOR_COLUMNS - PROMPT_COLS - 1)

#define CTRL(letter) ((letter) - '@')
#define ESC         CTRL('[')
#define DEL         127

enum { NO_SEQUENCE, ESCAPED, PARAMETER, PARAMETERS, LAST };

static bool is_inside(char c) { return ((uint8_t)c & 0xc0) == 0x80; }  /* of a character in UTF-8 */

static uint32_t next(const struct editor *e, uint32_t at)
{
    do at++; while (at < e->len && is_inside(e->text[at]));
    return at;
}

static uint32_t before(const struct editor *e, uint32_t at)
{
    if (at == 0) return 0;
    do at--; while (at > 0 && is_inside(e->text[at]));
    return at;
}

static uint32_t columns(const struct editor *e, uint32_t end)
{
    uint32_t n = 0;

    for (uint32_t at = 0; at < end; at = next(e, at)) n++;
    return n;
}

/* Up to so many characters from there on */
static uint32_t skip(const struct editor *e, uint32_t at, uint32_t characters)
{
    for (; at < e->len && characters > 0; characters--) at = next(e, at);
    return at;
}

static bool is_wide(const struct editor *e) { return skip(e, 0, ROOM) < e->len; }

void editor_draw(struct editor *e)
{
    uint32_t from = 0, column;

    if (!e->stale) return;
    e->stale = false;
    column = columns(e, e->at);
    if (column > ROOM) {
        from = skip(e, 0, column - ROOM);
        column = ROOM;
    }
    log_text("\r\033[%uC", PROMPT_COLS);
    console_write(e->text + from, skip(e, from, ROOM) - from);
    log_text("\033[K\r\033[%uC", PROMPT_COLS + column);
}

static void reset(struct editor *e)
{
    e->len = e->at = e->back = 0;
    e->full = e->lost = e->stale = false;
}

void editor_begin(struct editor *e)
{
    reset(e);
    log_text(PROMPT);
}

void editor_again(struct editor *e)
{
    log_text(PROMPT);
    e->stale = true;
}

static void lose(struct editor *e)
{
    if (!e->full) console_write("\a", 1);
    e->full = e->lost = true;
}

void editor_insert(struct editor *e, const char *text, size_t len)
{
    if (len > EDITOR_LINE - 1 - e->len) {
        lose(e);
        return;
    }
    memmove(e->text + e->at + len, e->text + e->at, e->len - e->at);
    memcpy(e->text + e->at, text, len);
    e->at += (uint32_t)len;
    e->len += (uint32_t)len;
    if (e->at == e->len && !e->stale && !is_wide(e)) console_write(text, len);
    else e->stale = true;
}

/* The cursor is at one of the two. */
static void erase(struct editor *e, uint32_t from, uint32_t to)
{
    bool is_last = to == e->len && e->at == to && from == before(e, to);

    if (from >= to) return;
    if (is_last && !e->stale && !is_wide(e)) console_write("\b \b", 3);
    else e->stale = true;
    memmove(e->text + from, e->text + to, e->len - to);
    e->len -= to - from;
    e->at = from;
    e->full = false;
    if (e->len == 0) e->lost = false;
}

static uint32_t word_begin(const struct editor *e)
{
    uint32_t at = e->at;

    while (at > 0 && e->text[at - 1] == ' ') at--;
    while (at > 0 && e->text[at - 1] != ' ') at--;
    return at;
}

static void move(struct editor *e, uint32_t to)
{
    e->at = to;
    e->stale = true;
}

static void recall(struct editor *e, uint32_t back)
{
    if (back > e->history.lines) return;                /* also for what is before 0 */
    e->text[e->len] = '\0';
    if (e->back == 0) (void)str_copy(e->draft, sizeof(e->draft), e->text);
    (void)str_copy(e->text, sizeof(e->text), back == 0 ? e->draft : history_get(&e->history, back));
    e->back = back;
    e->len = (uint32_t)strlen(e->text);
    e->full = e->lost = false;
    move(e, e->len);
}

static void key(struct editor *e, char c)
{
    switch (c) {
    case CTRL('A'): move(e, 0); break;
    case CTRL('B'): move(e, before(e, e->at)); break;
    case CTRL('D'): erase(e, e->at, MIN(next(e, e->at), e->len)); break;
    case CTRL('E'): move(e, e->len); break;
    case CTRL('F'): move(e, MIN(next(e, e->at), e->len)); break;
    case CTRL('H'):
    case DEL:       erase(e, before(e, e->at), e->at); break;
    case CTRL('K'): erase(e, e->at, e->len); break;
    case CTRL('L'): log_text("\033[H\033[2J"); editor_again(e); break;
    case CTRL('N'): recall(e, e->back - 1); break;
    case CTRL('P'): recall(e, e->back + 1); break;
    case CTRL('U'): erase(e, 0, e->at); break;
    case CTRL('W'): erase(e, word_begin(e), e->at); break;
    case ESC:       e->sequence = ESCAPED; break;
    default: break;
    }
}

/* The end of a sequence, as the control character that does the same. */
static char meaning(char last, uint32_t number)
{
    static const char lasts[] = "ABCDHF", keys[] = "PNFBAE", numbered[9] = "@A@DE@@AE";
    const char *found = strchr(lasts, last);

    if (found != NULL) return CTRL(keys[found - lasts]);
    return last == '~' && number < sizeof(numbered) ? CTRL(numbered[number]) : 0;
}

/* A control character or another alphabet ends any sequence: false. */
static bool sequence_take(struct editor *e, char c)
{
    uint8_t was = e->sequence;

    e->sequence = NO_SEQUENCE;
    if (was == NO_SEQUENCE || (uint8_t)c < ' ' || (uint8_t)c >= DEL) return false;
    if (was == ESCAPED) {
        e->number = 0;
        if (c == '[' || c == 'O') e->sequence = c == '[' ? PARAMETER : LAST;
    } else if (was != LAST && c == '[') {
        e->sequence = LAST;
        e->number = UINT32_MAX;
    } else if (was != LAST && c < '@') {
        e->sequence = was == PARAMETER && c >= '0' && c <= '9' ? PARAMETER : PARAMETERS;
        if (e->sequence == PARAMETER) e->number = MIN(e->number, 99U) * 10 + (uint32_t)(c - '0');
    } else if (e->number != UINT32_MAX) {
        key(e, meaning(c, e->number));
    }
    return true;
}

static enum editor_event line_end(struct editor *e)
{
    e->text[e->len] = '\0';
    if (is_wide(e)) {                           /* all of it, once, for who reads what was printed */
        log_text("\r\033[%uC", PROMPT_COLS);
        console_write(e->text, e->len);
    } else {
        editor_draw(e);
    }
    console_write("\n", 1);
    history_add(&e->history, e->text);
    return e->lost ? EDITOR_LINE_LOST : EDITOR_LINE_END;
}

enum editor_event editor_take(struct editor *e, char c)
{
    bool after_cr = e->after_cr;

    e->after_cr = c == '\r';
    if (c != '\t') e->tabs = 0;
    if (sequence_take(e, c)) return EDITOR_MORE;
    if (c == '\r' || (c == '\n' && !after_cr)) return line_end(e);
    if (c == '\t') {
        e->tabs++;
        return EDITOR_TAB;
    }
    if (c == CTRL('C')) {
        log_text("^C\n");
        return EDITOR_ABANDONED;
    }
    if ((uint8_t)c >= ' ' && c != DEL) editor_insert(e, &c, 1);
    else key(e, c);
    return EDITOR_MORE;
}
