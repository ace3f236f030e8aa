// SPDX-License-Identifier: MIT
// A plugin for QEMU's user mode: what each function of a program executes, and
// the calls between them, in the form in which callgrind writes it. For
// instructions.py.
//
// Usage: qemu-arm -plugin countcalls.so,out=FILE PROGRAM ...

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- QEMU's plugin interface, version 1 ------------------------------------
// Debian has no package with the header, so what is used of it is declared.
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id;
void qemu_plugin_register_vcpu_tb_trans_cb(
    plugin_id id,
    void (*translated)(plugin_id id, struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block,
                                          void (*run)(unsigned cpu, void *data),
                                          int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *instruction);

extern int qemu_plugin_version;
int qemu_plugin_version = 1;
int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

// --- What is counted -------------------------------------------------------
#define FUNCTIONS_MAX 2048
#define CALLS_MAX 8192 // a power of two: a hash table
#define DEPTH_MAX 256

// A piece of straight code, inside one function.
struct block {
    uint64_t start, end;
    uint64_t count; // instructions
    uint32_t function;
};

struct call {
    uint32_t caller, callee;
    uint64_t count; // 0: this place is free
    uint64_t cost;
};

// A function that has not returned; the lowest has no caller.
struct frame {
    uint32_t function;
    uint64_t back;  // where it returns to
    uint64_t since; // instructions when it was called
};

static const char *out_path;
static char *names[FUNCTIONS_MAX];
static uint64_t own[FUNCTIONS_MAX];
static uint32_t function_count;
static struct call calls[CALLS_MAX];
static struct frame frames[DEPTH_MAX];
static uint32_t depth;
static uint64_t executed;
static const struct block *last;

static void give_up(const char *why)
{
    fprintf(stderr, "countcalls: %s\n", why);
    exit(EXIT_FAILURE);
}

static uint32_t function_of(const char *name)
{
    uint32_t i = 0;

    name = name != NULL && name[0] != 0 ? name : "(none)";
    while (i < function_count && strcmp(names[i], name) != 0) {
        i++;
    }
    if (i == FUNCTIONS_MAX) {
        give_up("too many functions");
    }
    if (i == function_count) {
        names[function_count++] = strdup(name);
    }
    return i;
}

static struct call *call_of(uint32_t caller, uint32_t callee)
{
    uint32_t at = caller * 31 + callee;

    for (uint32_t tries = 0; tries < CALLS_MAX; tries++, at++) {
        struct call *call = &calls[at % CALLS_MAX];
        if (call->count == 0) {
            call->caller = caller;
            call->callee = callee;
        }
        if (call->caller == caller && call->callee == callee) {
            return call;
        }
    }
    give_up("too many calls");
    return NULL;
}

static void leave_to(uint32_t to)
{
    while (depth > to) {
        const struct frame *frame = &frames[--depth];
        struct call *call =
            call_of(frames[depth - 1].function, frame->function);
        call->count++;
        call->cost += executed - frame->since;
    }
}

// From the last block to this one by a jump: a return if somebody waits here
// (what was called by a jump, at the end of a function, returns with it), a
// call if this is another function.
static void jump(const struct block *block)
{
    for (uint32_t i = depth; i > 1; i--) {
        if (frames[i - 1].back == block->start &&
            frames[i - 2].function == block->function) {
            leave_to(i - 1);
            return;
        }
    }
    if (block->function != last->function) {
        if (depth == DEPTH_MAX) {
            give_up("calls are too deep");
        }
        frames[depth++] = (struct frame){block->function, last->end, executed};
    }
}

static void run(unsigned cpu, void *data)
{
    const struct block *block = data;

    (void)cpu;
    if (last == NULL) {
        frames[depth++] = (struct frame){block->function, 0, 0};
    } else if (block->start != last->end || block->function != last->function) {
        jump(block);
    }
    own[block->function] += block->count;
    executed += block->count;
    last = block;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
    struct block *block = malloc(sizeof(*block));
    size_t count = qemu_plugin_tb_n_insns(tb);
    const struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
    const struct qemu_plugin_insn *end = qemu_plugin_tb_get_insn(tb, count - 1);

    (void)id;
    if (block == NULL) {
        give_up("out of memory");
        return;
    }
    block->start = qemu_plugin_insn_vaddr(first);
    block->end = qemu_plugin_insn_vaddr(end) + qemu_plugin_insn_size(end);
    block->count = count;
    block->function = function_of(qemu_plugin_insn_symbol(first));
    qemu_plugin_register_vcpu_tb_exec_cb(tb, run, 0, block);
}

static void write_out(void)
{
    FILE *file = fopen(out_path, "w");

    if (file == NULL) {
        perror(out_path);
        return;
    }
    leave_to(depth != 0);
    for (uint32_t f = 0; f < function_count; f++) {
        fprintf(file, "fn=%s\n0 %llu\n", names[f], (unsigned long long)own[f]);
        for (uint32_t i = 0; i < CALLS_MAX; i++) {
            const struct call *call = &calls[i];
            if (call->count != 0 && call->caller == f) {
                fprintf(file, "cfn=%s\ncalls=%llu 0\n0 %llu\n",
                        names[call->callee], (unsigned long long)call->count,
                        (unsigned long long)call->cost);
            }
        }
    }
    (void)fclose(file);
}

int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info;
    if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) {
        fprintf(stderr, "countcalls: expected out=FILE\n");
        return -1;
    }
    out_path = strdup(argv[0] + 4);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    // Not QEMU's own callback: that is not reached by a semihosting exit.
    return atexit(write_out);
}
