// SPDX-License-Identifier: MIT
// mkdfota explain: where the bytes of a package go.

#include <string.h>

#include "explainview.h"
#include "fileio.h"
#include "htmlpage.h"
#include "imagefile.h"
#include "report.h"

// What the page is made of.
struct page {
    const struct cli *cli;
    const struct delta_explanation *e;
};

static void put_page(FILE *out, const void *context)
{
    const struct page *page = context;

    explain_html(out, page->cli, page->e);
}

static enum delta_status explain(struct delta_explanation *e,
                                 const struct cli *cli,
                                 const struct delta_image *old_image,
                                 const struct delta_image *new_image,
                                 struct delta_error *error)
{
    struct report_bar bar = {0};
    struct delta_options options = {
        .level = cli->level,
        .ram = cli->ram,
        .has_base = cli->has_base,
        .base = cli->base,
        .arch = cli->arch,
        .progress = cli->is_quiet ? NULL : report_progress,
        .context = &bar,
        .threads = cli->threads,
    };
    enum delta_status status =
        delta_explain(e, old_image, new_image, &options, error);

    if (status == DELTA_OK && cli->try_ram != 0) {
        status = delta_explain_ram(e, NULL, old_image, new_image, &options,
                                   cli->try_ram, error);
        if (status != DELTA_OK) {
            delta_explanation_free(e);
        }
    }
    report_progress_end(&bar);
    return status;
}

static enum cli_exit show(const struct cli *cli, struct file_output *output,
                          const struct delta_image *old_image,
                          const struct delta_image *new_image)
{
    struct delta_explanation e;
    struct delta_error error;
    enum cli_exit status = CLI_DONE;

    if (explain(&e, cli, old_image, new_image, &error) != DELTA_OK) {
        if (cli->html_path != NULL) {
            file_discard(output);
        }
        return report_failure(cli, &error);
    }
    if (cli->html_path != NULL) {
        status = html_write(cli, output, put_page, &(struct page){cli, &e});
    }
    if (status == CLI_DONE && cli->is_json) {
        status = explain_json(cli, &e);
    } else if (status == CLI_DONE && cli->html_path == NULL) {
        explain_text(cli, &e);
    }
    delta_explanation_free(&e);
    return status;
}

enum cli_exit cmd_explain(const struct cli *cli)
{
    const char *inputs[] = {cli->old_paths[0], cli->new_paths[0]};
    struct delta_image old_image = {.data = NULL};
    struct delta_image new_image = {.data = NULL};
    struct file_output output;

    if (cli->is_json && cli->html_path != NULL &&
        strcmp(cli->html_path, "-") == 0) {
        report_error("--html", "is stdout, and so is --json");
        return CLI_USAGE;
    }
    enum cli_exit status =
        image_read(&old_image, cli->old_paths[0], cli->format);

    if (status == CLI_DONE) {
        status = image_read(&new_image, cli->new_paths[0], cli->format);
    }
    if (status == CLI_DONE && cli->html_path != NULL) {
        status = file_create(&output, cli->html_path, cli->is_forced, inputs,
                             sizeof(inputs) / sizeof(inputs[0]));
    }
    if (status == CLI_DONE) {
        status = show(cli, &output, &old_image, &new_image);
    }
    delta_image_free(&old_image);
    delta_image_free(&new_image);
    return status;
}
