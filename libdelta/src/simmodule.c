// SPDX-License-Identifier: MIT
// The module that an update is simulated on: whether the package fits into the
// layout, and the flash that follows from it.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "simjob.h"

// --- Does the update fit? --------------------------------------------------

static enum delta_status refuse_size(struct delta_error *error,
                                     const char *area, uint32_t found,
                                     uint32_t expected, const char *why)
{
    return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                      "%s.size: found %lu, expected at least %lu for %s", area,
                      (unsigned long)found, (unsigned long)expected, why);
}

static const struct delta_flash_area *
written_slot(const struct delta_flash_part *slots)
{
    return delta_has_one_slot(slots) ? &slots->slot : &slots->new_slot;
}

void delta_simjob_name(char name[DELTA_AREA_NAME_SIZE],
                       const struct delta_simjob *job, uint32_t part,
                       bool is_written)
{
    const struct delta_flash_part *slots = job->slots[part];
    size_t index = 2 * (size_t)(slots - job->layout->parts);

    snprintf(name, DELTA_AREA_NAME_SIZE, "slot");
    (void)delta_layout_area(
        job->layout, index + (is_written && !delta_has_one_slot(slots)), name);
}

// A full image goes into any module.
static enum delta_status check_mode(const struct delta_simjob *job,
                                    uint32_t part, struct delta_error *error)
{
    bool one_slot = delta_has_one_slot(job->slots[part]);

    if (job->raw[part].old_size != 0 &&
        one_slot != (job->raw[part].mode == DFOTA_MODE_IN_PLACE)) {
        return delta_fail(
            error, DELTA_ERR_LAYOUT, "layout",
            "new_slot: found %s, expected %s",
            one_slot ? "nothing" : "a second slot",
            one_slot ? "a second slot: the package was not made for one"
                     : "nothing: the package was made for one slot");
    }
    return DELTA_OK;
}

enum delta_status delta_simjob_find_slots(struct delta_simjob *job,
                                          struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    for (uint32_t i = 0; i < job->count && status == DELTA_OK; i++) {
        job->slots[i] = delta_layout_part(job->layout, job->raw[i].part_id);
        if (job->slots[i] == NULL || (i > 0 && !job->layout->is_list)) {
            return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                              "parts: found none with id %u, expected one: the "
                              "package has it",
                              (unsigned)job->raw[i].part_id);
        }
        status = check_mode(job, i, error);
    }
    return status;
}

static enum delta_status check_part(const struct delta_simjob *job,
                                    uint32_t part, struct delta_error *error)
{
    const struct delta_flash_part *slots = job->slots[part];
    const struct dfp_info *raw = &job->raw[part];
    char name[DELTA_AREA_NAME_SIZE];

    delta_simjob_name(name, job, part, false);
    if (slots->slot.size < raw->old_size) {
        return refuse_size(error, name, slots->slot.size, raw->old_size,
                           "the old image");
    }
    delta_simjob_name(name, job, part, true);
    if (written_slot(slots)->size < raw->new_size) {
        return refuse_size(error, name, written_slot(slots)->size,
                           raw->new_size, "the new image");
    }
    return DELTA_OK;
}

static enum delta_status check_sizes(const struct delta_simjob *job,
                                     struct delta_error *error)
{
    const struct delta_flash_layout *layout = job->layout;
    uint32_t journal = 0;

    for (uint32_t i = 0; i < job->count; i++) {
        uint32_t need = dfp_journal_size(&job->raw[i], &job->p.update.config);

        journal = need > journal ? need : journal;
        if (check_part(job, i, error) != DELTA_OK) {
            return DELTA_ERR_LAYOUT;
        }
    }
    if (layout->staging.size != 0 &&
        layout->staging.size < job->raw[0].package_size) {
        return refuse_size(error, "staging", layout->staging.size,
                           job->raw[0].package_size, "the package");
    }
    if (layout->journal.size != 0 && layout->journal.size < journal) {
        return refuse_size(error, "journal", layout->journal.size, journal,
                           "this package");
    }
    return DELTA_OK;
}

// What in-place mode asks for besides.
static enum delta_status check_one_slot(const struct delta_simjob *job,
                                        uint32_t part,
                                        struct delta_error *error)
{
    const struct delta_flash_layout *layout = job->layout;
    const struct delta_flash_area *slot = &job->slots[part]->slot;
    uint32_t block = job->raw[part].block_size;
    bool is_slot = block % slot->erase != 0;
    char name[DELTA_AREA_NAME_SIZE] = "scratch";

    if (layout->scratch.size < job->raw[part].scratch_blocks * block) {
        return refuse_size(error, "scratch", layout->scratch.size,
                           job->raw[part].scratch_blocks * block,
                           "this package");
    }
    if (is_slot || block % layout->scratch.erase != 0) {
        if (is_slot) {
            delta_simjob_name(name, job, part, false);
        }
        return delta_fail(
            error, DELTA_ERR_LAYOUT, "layout",
            "%s.erase: found %lu, expected at most the package's blocks of %lu",
            name,
            (unsigned long)(is_slot ? slot->erase : layout->scratch.erase),
            (unsigned long)block);
    }
    return DELTA_OK;
}

static enum delta_status check_one_slots(const struct delta_simjob *job,
                                         struct delta_error *error)
{
    enum delta_status status = DELTA_OK;

    if (job->layout->journal.size == 0) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "journal: found nothing, expected an area: in place "
                          "there must be one");
    }
    for (uint32_t i = 0; i < job->count && status == DELTA_OK; i++) {
        if (job->raw[i].block_size != 0) { // else it is a full image
            status = check_one_slot(job, i, error);
        }
    }
    return status;
}

// --- The module ------------------------------------------------------------

// DFP_OLD is only read in two-slot mode: its own geometry is no matter there.
static struct sim_slots slots_of(const struct delta_simjob *job, uint32_t part)
{
    const struct delta_flash_part *slots = job->slots[part];
    const struct delta_flash_area *slot = written_slot(slots);
    uint32_t larger =
        slots->slot.size > slot->size ? slots->slot.size : slot->size;

    return (struct sim_slots){
        (larger + slot->erase - 1) / slot->erase * slot->erase, slot->erase,
        slot->program, job->raw[part].part_id};
}

static struct sim_geometry geometry_of(const struct delta_simjob *job)
{
    const struct sim_slots first = slots_of(job, 0);
    const struct delta_flash_area *journal = &job->layout->journal;
    const struct delta_flash_area *scratch = &job->layout->scratch;
    struct sim_geometry g = {
        .slot_size = first.size,
        .slot_erase = first.erase,
        .slot_program = first.program,
        .id = first.id,
        .journal_size = journal->size,
        .journal_erase = journal->size != 0 ? journal->erase : first.erase,
        .journal_program =
            journal->size != 0 ? journal->program : first.program,
        .one_slot = job->result->is_in_place,
        .more_count = job->count - 1,
    };

    for (uint32_t i = 1; i < job->count; i++) {
        g.more[i - 1] = slots_of(job, i);
    }
    if (g.one_slot) {
        g.scratch_size = scratch->size;
        g.scratch_erase = scratch->erase;
        g.scratch_program = scratch->program;
    }
    return g;
}

static enum delta_status take_keys(struct delta_simjob *job)
{
    const struct delta_simulation_options *options = job->options;

    if (options->key_count == 0) {
        return DELTA_OK;
    }
    job->keys = calloc(options->key_count, sizeof(*job->keys));
    if (job->keys == NULL) {
        return DELTA_ERR_NOMEM;
    }
    for (size_t i = 0; i < options->key_count; i++) {
        memcpy(job->keys[i].point, options->keys[i].point,
               sizeof(job->keys[i].point));
    }
    job->p.update.config.keys = job->keys;
    job->p.update.config.key_count = (uint32_t)options->key_count;
    return DELTA_OK;
}

// A part that needs no old image finds what is in its slot, of which the
// module's own bytes stay.
static void load_images(struct delta_simjob *job,
                        const struct delta_content *images)
{
    for (uint32_t i = 0; i < job->count; i++) {
        enum dfp_area area = sim_place(i, DFP_OLD);
        uint32_t size = simflash_area_size(&job->start, area);

        if (images[i].data != NULL && images[i].size <= size) {
            simflash_load(&job->start, area, images[i].data,
                          (uint32_t)images[i].size);
        }
        job->old_images[i] = images[i];
        if (job->raw[i].old_size == 0) {
            job->old_images[i] =
                (struct delta_content){simflash_area(&job->start, area), size};
        }
    }
}

enum delta_status delta_simjob_make_module(struct delta_simjob *job,
                                           const struct delta_content *images,
                                           struct delta_error *error)
{
    struct sim_geometry g = geometry_of(job);

    if (take_keys(job) != DELTA_OK ||
        !simflash_new(&job->start, &g, job->options->seed)) {
        return delta_fail_memory(error, "package");
    }
    load_images(job, images);
    simflash_bind(&job->start, &job->p.update.config);
    return g.one_slot && check_one_slots(job, error) != DELTA_OK
               ? DELTA_ERR_LAYOUT
               : check_sizes(job, error);
}
