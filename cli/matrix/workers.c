// SPDX-License-Identifier: MIT
// Independent jobs, each in a process of its own.

#define _DEFAULT_SOURCE // MAP_ANONYMOUS

#include "workers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 1024u
#define SHOW_NANOSECONDS 200000000

struct slot {
    pid_t pid; // 0: free
    size_t index;
    double begun;
};

struct run {
    const struct work *work;
    size_t processes;
    struct slot slots[PROCESSES_MAX];
    struct job_result *results; // one of each slot, shared
    size_t begun, ended;        // jobs
    sigset_t caught, before;
    int signal;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// --- The worker's side -----------------------------------------------------

static void child(struct run *run, size_t slot, pid_t parent)
{
    const struct work *work = run->work;
    struct job_result *result = &run->results[slot];
    // Few jobs share all processors.
    unsigned threads = work->count < work->processes
                           ? work->processes / (unsigned)work->count
                           : 1;

#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    sigprocmask(SIG_SETMASK, &run->before, NULL);
    if (getppid() != parent) {
        _exit(CLI_INTERNAL);
    }
    report_divert(result->reason, sizeof(result->reason));
    work->run(work->context, run->slots[slot].index, threads, result);
    fflush(stderr);
    _exit(0);
}

// --- This side -------------------------------------------------------------

static bool begin(struct run *run, size_t slot)
{
    struct slot *s = &run->slots[slot];
    pid_t parent = getpid();

    memset(&run->results[slot], 0, sizeof(run->results[slot]));
    s->index = run->work->order[run->begun];
    s->begun = now();
    fflush(NULL);
    s->pid = fork();
    if (s->pid == 0) {
        child(run, slot, parent);
    }
    if (s->pid < 0) {
        s->pid = 0;
        return false;
    }
    run->begun++;
    return true;
}

static size_t busy(const struct run *run)
{
    return run->begun - run->ended;
}

// As many as there is room for. If no process can be had, later: one will end.
static bool begin_all(struct run *run)
{
    for (size_t i = 0; i < run->processes; i++) {
        if (run->slots[i].pid == 0 && run->begun < run->work->count &&
            !begin(run, i)) {
            return busy(run) > 0;
        }
    }
    return true;
}

static void say_death(struct job_result *result, int state)
{
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0) {
        return;
    }
    if (WIFSIGNALED(state)) {
        int number = WTERMSIG(state);
        result->status = number == SIGKILL ? CLI_IO : CLI_INTERNAL;
        snprintf(result->reason, sizeof(result->reason),
                 "worker: ended by signal %d%s", number,
                 number == SIGKILL ? " (out of memory?)" : "");
        return;
    }
    result->status = CLI_INTERNAL;
    snprintf(result->reason, sizeof(result->reason),
             "worker: ended with status %d", WEXITSTATUS(state));
}

static void reap(struct run *run)
{
    int state;
    pid_t pid;

    while ((pid = waitpid(-1, &state, WNOHANG)) > 0) {
        for (size_t i = 0; i < run->processes; i++) {
            struct slot *s = &run->slots[i];

            if (s->pid == pid) {
                struct job_result result = run->results[i];

                s->pid = 0;
                run->ended++;
                say_death(&result, state);
                if (run->signal == 0) {
                    run->work->done(run->work->context, s->index, &result,
                                    now() - s->begun);
                }
            }
        }
    }
}

static void show(const struct run *run)
{
    struct worker workers[PROCESSES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < run->processes; i++) {
        const struct slot *s = &run->slots[i];

        if (s->pid != 0) {
            workers[count++] =
                (struct worker){s->index, now() - s->begun, &run->results[i]};
        }
    }
    run->work->show(run->work->context, workers, count);
}

static void stop(struct run *run, int number)
{
    if (run->signal == 0) {
        run->signal = number;
    }
    for (size_t i = 0; i < run->processes; i++) {
        if (run->slots[i].pid != 0) {
            kill(run->slots[i].pid, SIGTERM);
        }
    }
}

static enum cli_exit serve(struct run *run)
{
    const struct timespec pause = {0, SHOW_NANOSECONDS};

    while (run->ended < run->work->count) {
        if (run->signal == 0 && !begin_all(run)) {
            report_error("-j", "cannot start a worker: %s", strerror(errno));
            return CLI_IO;
        }
        if (run->signal != 0 && busy(run) == 0) {
            break;
        }
        int number = sigtimedwait(&run->caught, NULL, &pause);
        if (number > 0 && number != SIGCHLD) {
            stop(run, number);
        }
        reap(run);
        if (run->signal == 0) {
            show(run);
        }
    }
    return CLI_DONE;
}

static void ignore_nothing(int number)
{
    (void)number;
}

// Signals are waited for, not handled: nothing happens in the middle of
// anything. What the parent process chose to ignore stays ignored.
static void block_signals(struct run *run)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action;

    sigemptyset(&run->caught);
    sigaddset(&run->caught, SIGCHLD);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (sigaction(numbers[i], NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN) {
            sigaddset(&run->caught, numbers[i]);
        }
    }
    // (A signal whose action is to be ignored is not even pending.)
    memset(&action, 0, sizeof(action));
    action.sa_handler = ignore_nothing;
    sigaction(SIGCHLD, &action, NULL);
    sigprocmask(SIG_BLOCK, &run->caught, &run->before);
}

enum cli_exit workers_run(const struct work *work, int *signal)
{
    struct run *run = calloc(1, sizeof(*run));

    *signal = 0;
    if (run == NULL) {
        report_error("-j", "out of memory");
        return CLI_IO;
    }
    run->work = work;
    run->processes =
        work->processes < PROCESSES_MAX ? work->processes : PROCESSES_MAX;
    size_t size = run->processes * sizeof(*run->results);
    run->results = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (run->results == MAP_FAILED) {
        report_error("-j", "out of memory");
        free(run);
        return CLI_IO;
    }
    block_signals(run);
    enum cli_exit status = serve(run);

    sigprocmask(SIG_SETMASK, &run->before, NULL);
    *signal = run->signal;
    munmap(run->results, size);
    free(run);
    return status;
}
