/* SPDX-License-Identifier: Apache-2.0 */
/* Consoles of VMs, see console.h. Three locks, in this order:
 *
 *   input_lock       who has the focus and who listens; held while input is delivered, so a VM or
 *                    a device that has let itself be taken out is not called any more
 *   vm->console.lock output ring and input queue of one VM
 *   uart_lock        the UART, the unfinished lines, and `open_vm`
 *
 * The shared UART has at most one open line on it, which belongs to the VM in focus (`open_vm`):
 * only that VM's characters are shown as they come. Whoever else prints ends that line first;
 * the VM's next character then shows it again. */
#include "hypervisor/core/console.h"

#include "abi/vm.h"
#include "hypervisor/core/page.h"
#include "hypervisor/core/vm.h"
#include "hypervisor/drivers/uart.h"
#include "lib/fmt.h"
#include "lib/str.h"

#define ESCAPE    0x1du             /* Ctrl-] */
#define ROOM_MIN  512u              /* more than one character can make appear on a shared UART */
#define OUT_PAGES (CONSOLE_OUT_BYTES / PAGE_SIZE)

static struct spinlock input_lock;
static struct spinlock uart_lock;
static struct vm *mvm;
static struct vm *focus;            /* written under both, read under either */
static struct vm *open_vm;
static bool mvm_line;               /* the MVM has not ended its line */
static bool waited_for_room;
static bool escape_seen;

int console_vm_init(struct vm *vm)
{
    struct vm_console *c = &vm->console;

    memset(c, 0, sizeof(*c));
    c->in.buf = c->in_buf;
    c->in.size = CONSOLE_IN_BYTES;
    if (vm->is_mvm) return 0;
    c->out.buf = page_alloc(PAGE_RING, vm->id, OUT_PAGES);
    if (c->out.buf == NULL) return -ENOMEM;
    c->out.size = CONSOLE_OUT_BYTES;
    return 0;
}

/* --- The shared UART; uart_lock is held --- */

static void line_close(void)
{
    if (open_vm != NULL || mvm_line) uart_text("\n");
    open_vm = NULL;
    mvm_line = false;
}

static void line_prefix(struct vm *vm)
{
    uart_text("[");
    uart_text(vm->config.name);
    uart_text("] ");
}

static void line_show(struct vm *vm)
{
    line_close();
    line_prefix(vm);
    for (uint32_t i = 0; i < vm->console.line_used; i++) uart_put(vm->console.line[i]);
    open_vm = vm;
}

/* The end of an unfinished line, whether some of it was shown or not. */
static void line_flush(struct vm *vm)
{
    if (open_vm != vm && vm->console.line_used != 0) line_show(vm);
    if (open_vm == vm) line_close();
    vm->console.line_used = 0;
}

/* Without focus a VM does not steer the terminal, and so paints over nobody's lines: no control
 * characters of ASCII, nor those behind C2 in UTF-8. */
static uint8_t without_control(const struct vm_console *c, uint8_t ch)
{
    bool behind_c2 = c->line_used > 0 && c->line[c->line_used - 1] == 0xc2;

    if ((ch < ' ' && ch != '\t') || ch == 0x7f) return '?';
    return behind_c2 && ch >= 0x80 && ch < 0xa0 ? '?' : ch;
}

/* A VM without focus: collected until the line is complete. A carriage return inside a line
 * means nothing here. */
static void put_collected(struct vm *vm, uint8_t ch)
{
    struct vm_console *c = &vm->console;

    if (ch == '\r') return;
    if (ch == '\n' || c->line_used == CONSOLE_LINE_BYTES) {
        line_show(vm);
        line_flush(vm);
    }
    if (ch != '\n') {
        ch = without_control(c, ch);
        c->line[c->line_used++] = ch;
    }
}

/* The VM in focus: shown at once. A line that others interrupted is shown again from its
 * beginning, as far as it was kept, so each line appears whole. A carriage return that no
 * newline follows goes back to behind the prefix. */
static void put_now(struct vm *vm, uint8_t ch)
{
    struct vm_console *c = &vm->console;

    if (ch == '\r') {
        c->cr = true;
        return;
    }
    if (open_vm != vm) line_show(vm);
    if (c->cr && ch != '\n' && c->line_used != 0) {
        uart_put('\r');
        line_prefix(vm);
        c->line_used = 0;
    }
    c->cr = false;
    if (ch == '\n') {
        line_flush(vm);
        return;
    }
    uart_put(ch);
    if (c->line_used < CONSOLE_LINE_BYTES) c->line[c->line_used++] = ch;
}

static void put_shared(struct vm *vm, uint8_t ch)
{
    if (vm == focus) {
        put_now(vm, ch);
    } else {
        put_collected(vm, ch);
    }
}

static void text_now(const char *text)
{
    line_close();
    uart_text(text);
}

/* Its log keeps what a UART that does not take it loses. */
void console_text(const char *text)
{
    spin_guard(&uart_lock);
    uart_send();
    if (uart_room() >= ROOM_MIN) text_now(text);
}

/* --- Output --- */

/* True when the MVM should hear of it: what was there before, it had read. */
static bool ring_put(struct vm_console *c, uint8_t ch)
{
    bool was_read = c->out.next == c->read_to;

    text_ring_put(&c->out, ch);
    if (c->out.next - c->read_to > c->out.size) {
        c->read_to++;
        c->lost++;
    }
    return was_read;
}

static void put_on_uart(struct vm *vm, uint8_t ch)
{
    uint64_t dropped;
    spin_guard(&uart_lock);

    dropped = uart_dropped;
    if (vm == mvm) {
        uart_put(ch);
        mvm_line = ch != '\n';
    } else {
        put_shared(vm, ch);
    }
    vm->console.lost += uart_dropped - dropped;
}

bool console_vm_can_put(struct vm *vm)
{
    bool can;

    if (vm != mvm && mvm != NULL) return true;
    /* Without the lock: others may fill it any moment. */
    if (likely(uart_room() >= ROOM_MIN)) return true;
    spin_guard(&uart_lock);
    uart_send();
    can = uart_room() >= ROOM_MIN;
    if (!can) waited_for_room = true;
    return can;
}

void console_vm_put(struct vm *vm, uint8_t ch)
{
    bool notify;

    if (vm == mvm || mvm == NULL) {
        put_on_uart(vm, ch);
    } else {
        spin_lock(&vm->console.lock);
        notify = ring_put(&vm->console, ch);
        spin_unlock(&vm->console.lock);
        if (notify) mvm_notify(SHYPER_EVENT_CONSOLE);
    }
}

uint32_t console_read(struct vm *vm, uint64_t *cursor, uint8_t *out, uint32_t len, uint64_t *lost)
{
    struct vm_console *c = &vm->console;
    uint32_t n;

    *lost = 0;
    if (c->out.buf == NULL) return 0;
    spin_guard(&c->lock);
    n = text_ring_read(&c->out, cursor, out, len, lost);
    c->read_to = MAX(c->read_to, *cursor);
    return n;
}

/* --- Input --- */

/* The queue of a VM is full, or not any more. What does not fit stays with who brought it: with the
 * MVM, which asks again when it hears of room, and before the MVM's own queue in the UART. Without
 * an MVM it is dropped: Ctrl-] has to be seen whether the VM in focus reads or not.
 * The VM's console lock is held, so the last word is the queue's. True: tell the MVM, without it. */
static bool input_full(struct vm *vm, bool full)
{
    vm->console.in_full = full;
    if (vm != mvm) return !full;
    spin_guard(&uart_lock);
    uart_rx(!full);
    return false;
}

static bool input_drop(struct vm *vm)           /* likewise */
{
    vm->console.in.head = vm->console.in.tail;
    return vm->console.in_full && input_full(vm, false);
}

bool console_vm_get(struct vm *vm, uint8_t *ch)
{
    struct vm_console *c = &vm->console;
    bool got, tell;

    spin_lock(&c->lock);
    got = fifo_get(&c->in, ch);
    /* Half empty before asking for more, so that a slow reader costs few notifications. */
    tell = c->in_full && fifo_space(&c->in) >= CONSOLE_IN_BYTES / 2 && input_full(vm, false);
    spin_unlock(&c->lock);
    if (tell) mvm_notify(SHYPER_EVENT_CONSOLE);
    return got;
}

bool console_vm_has_input(struct vm *vm)
{
    const struct byte_fifo *in = &vm->console.in;

    /* Without the lock: who adds input or takes it away tells the UART again afterwards. */
    return __atomic_load_n(&in->tail, __ATOMIC_RELAXED) !=
           __atomic_load_n(&in->head, __ATOMIC_RELAXED);
}

static void input_signal(struct vm *vm)         /* input_lock is held */
{
    if (vm->console.input_ready != NULL) vm->console.input_ready(vm->console.input_of);
}

static uint32_t input_offer(struct vm *vm, const uint8_t *in, uint32_t len)
{
    struct vm_console *c = &vm->console;
    uint32_t n = 0;

    spin_guard(&c->lock);
    while (n < len && fifo_put(&c->in, in[n])) n++;
    if (fifo_space(&c->in) == 0 && mvm != NULL) (void)input_full(vm, true);
    return n;
}

uint32_t console_write(struct vm *vm, const uint8_t *in, uint32_t len)
{
    uint32_t n;

    spin_guard(&input_lock);
    n = input_offer(vm, in, len);
    if (n > 0) input_signal(vm);
    return n;
}

uint32_t console_vm_input_save(struct vm *vm, uint8_t out[CONSOLE_IN_BYTES])
{
    struct byte_fifo copy;
    uint32_t n = 0;

    spin_guard(&vm->console.lock);
    copy = vm->console.in;
    while (fifo_get(&copy, &out[n])) {
        if (++n == CONSOLE_IN_BYTES) break;
    }
    return n;
}

void console_vm_input_restore(struct vm *vm, const uint8_t *in, uint32_t len)
{
    struct vm_console *c = &vm->console;
    bool tell;

    spin_lock(&c->lock);
    tell = input_drop(vm);
    for (uint32_t i = 0; i < len && fifo_put(&c->in, in[i]); i++) {}
    if (fifo_space(&c->in) == 0 && mvm != NULL) (void)input_full(vm, true);
    spin_unlock(&c->lock);
    if (tell) mvm_notify(SHYPER_EVENT_CONSOLE);
}

/* --- Focus, listeners, life --- */

static void focus_set(struct vm *vm)            /* input_lock is held */
{
    spin_guard(&uart_lock);
    if (focus != NULL && open_vm == focus) line_close();
    focus = vm;
    uart_rx(true);
    if (vm == NULL || mvm != NULL) return;
    text_now("[shyper] input goes to ");
    uart_text(vm->config.name);
    uart_text("\n");
    if (vm->console.line_used != 0) line_show(vm);      /* most likely a prompt */
}

static struct vm *vm_lowest(void)
{
    for (uint32_t id = 0; id < SHYPER_VM_MAX; id++) {
        if (vms[id] != NULL) return vms[id];
    }
    return NULL;
}

static void input_escape(uint8_t digit)         /* input_lock is held */
{
    struct vm *to = digit >= '0' && digit <= '9' ? vms[digit - '0'] : NULL;

    if (to == NULL) {
        console_text("[shyper] Ctrl-] and the id of a VM, 0 to 9, moves the input; "
                     "Ctrl-] twice sends it\n");
    } else {
        focus_set(to);
    }
}

void console_uart_rx(uint8_t ch)
{
    /* The VM list before the input lock: a VM found here cannot vanish before it has the focus. */
    spin_guard(&vms_lock);
    spin_guard(&input_lock);
    if (mvm == NULL) {
        if (focus == NULL) focus_set(vm_lowest());
        if (escape_seen && ch != ESCAPE) {
            escape_seen = false;
            input_escape(ch);
            return;
        }
        escape_seen = ch == ESCAPE && !escape_seen;
        if (escape_seen) return;
    }
    if (focus != NULL && input_offer(focus, &ch, 1) == 1) input_signal(focus);
}

void console_uart_tx(void)
{
    bool tell;
    spin_guard(&vms_lock);
    spin_guard(&input_lock);

    spin_lock(&uart_lock);
    uart_send();
    tell = uart_room() >= ROOM_MIN && waited_for_room;
    if (tell) waited_for_room = false;
    spin_unlock(&uart_lock);
    for (uint32_t id = 0; tell && id < SHYPER_VM_MAX; id++) {
        if (vms[id] != NULL) input_signal(vms[id]);
    }
}

int console_listen(struct vm *vm, void (*ready)(void *of), void *of)
{
    spin_guard(&input_lock);
    if (vm->console.input_ready != NULL) return -EBUSY;
    vm->console.input_ready = ready;
    vm->console.input_of = of;
    return 0;
}

void console_unlisten(struct vm *vm)
{
    spin_guard(&input_lock);
    vm->console.input_ready = NULL;
    vm->console.input_of = NULL;
}

void console_vm_reset(struct vm *vm)
{
    struct vm_console *c = &vm->console;
    bool tell;

    spin_lock(&c->lock);
    tell = input_drop(vm);
    spin_unlock(&c->lock);
    if (tell) mvm_notify(SHYPER_EVENT_CONSOLE);
    spin_guard(&uart_lock);
    line_flush(vm);
    c->cr = false;
}

void console_vm_destroy(struct vm *vm)
{
    spin_lock(&input_lock);
    spin_lock(&uart_lock);
    line_flush(vm);
    spin_unlock(&uart_lock);
    if (mvm == vm) mvm = NULL;
    if (focus == vm) focus_set(NULL);   /* the next character typed goes to the lowest VM left */
    spin_unlock(&input_lock);
    if (vm->console.out.buf != NULL) page_free(vm->console.out.buf, OUT_PAGES);
    vm->console.out.buf = NULL;
}

void console_start(struct vm *of_mvm)
{
    spin_guard(&input_lock);
    mvm = of_mvm;
    focus_set(mvm != NULL ? mvm : vm_lowest());
}
