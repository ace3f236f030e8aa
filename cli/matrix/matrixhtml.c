// SPDX-License-Identifier: MIT
// index.html: a page that needs no other file and no script.

#include <stdlib.h>

#include "htmlpage.h"
#include "matrixpage.h"
#include "memfile.h"

static const char style[] =
    "<style>\n"
    ":root{--m0:#eef3f9;--m1:#dae7f4;--m2:#c1d7ed;--m3:#a3c3e3;--m4:#82acd8;"
    "--m5:#6295cb}\n"
    "@media(prefers-color-scheme:dark){:root{--m0:#1c2025;--m1:#1d2d3e;"
    "--m2:#1f3b58;--m3:#224b72;--m4:#285d90;--m5:#3570ae}}\n"
    ".m0{background:var(--m0)}.m1{background:var(--m1)}"
    ".m2{background:var(--m2)}.m3{background:var(--m3)}"
    ".m4{background:var(--m4)}.m5{background:var(--m5)}\n"
    "a{color:inherit;text-decoration:underline;"
    "text-decoration-color:var(--soft);text-underline-offset:2px}\n"
    ".matrix,.box{overflow:auto;max-height:80vh;max-width:100%;"
    "border:1px solid var(--line)}.matrix{width:fit-content}"
    ".box{max-height:24em}\n"
    ".matrix table{width:auto}.matrix table,.box table{"
    "border-collapse:separate;border-spacing:0}\n"
    ".matrix th,.matrix td{padding:5px 10px;line-height:1.25;"
    "border-right:1px solid var(--grid);vertical-align:top}\n"
    ".matrix th{color:var(--ink);background:var(--card);"
    "position:sticky}.matrix th span{display:inline-block;max-width:11em;"
    "width:max-content;white-space:normal;overflow-wrap:anywhere}\n"
    ".matrix thead th{top:0;z-index:1;vertical-align:bottom}"
    ".matrix tbody th{left:0;text-align:left;"
    "border-bottom:1px solid var(--grid)}\n"
    ".matrix .corner{left:0;z-index:2;text-align:left;color:var(--soft);"
    "font-size:12px;min-width:7em}\n"
    ".matrix small,.tag{display:block;font-size:11.5px}\n"
    ".tag{font-weight:650}.matrix .bad{box-shadow:inset 0 0 0 2px var(--new)}"
    ".matrix .absent{outline:1px dashed var(--soft);outline-offset:-4px}\n"
    ".box thead th{position:sticky;top:0;background:var(--back)}"
    ".box th,.box td{padding-left:12px}\n"
    ":target{scroll-margin-top:3em}tr:target td,li:target{"
    "background:var(--gap)}\n"
    ".why>li>div{min-width:0}.why p{margin:2px 0 0}"
    ".why summary{cursor:pointer}.why .n{font-family:inherit}"
    ".why ul{margin:8px 0 0;padding-left:18px}"
    ".why ul li{background:none;padding:0;display:list-item}"
    ".why th{border-bottom:0;min-width:5.5em}\n"
    ".line{fill:none;stroke-width:2}.k1{stroke:var(--t1)}"
    ".k2{stroke:var(--t2)}.k3{stroke:var(--t3)}.k4{stroke:var(--t4)}"
    ".k8{stroke:var(--t8);stroke-dasharray:7 5}"
    ".ring{fill:none;stroke:var(--new);stroke-width:2}\n"
    ".legend svg{display:inline-block;width:34px;height:14px;"
    "margin-right:6px;vertical-align:-2px}\n"
    "i.m0,i.m1,i.m2,i.m3,i.m4,i.m5{border:1px solid var(--line)}\n"
    "@media(max-width:640px){.matrix th span{max-width:6.5em}"
    ".matrix .corner{min-width:0}.matrix th,.matrix td{padding:4px 7px}"
    ".why td.b{display:none}.why td.n{min-width:7em}"
    ".why th{white-space:normal;min-width:0}}\n"
    "</style>\n";

static void put_name(FILE *out, const struct page *page)
{
    const char *product = page_text(page->index, "product");

    fputs("Packages", out);
    if (product[0] != 0) {
        fputs(" of ", out);
        html_escaped(out, product);
    }
}

static void put_count(FILE *out, size_t count, const char *id, const char *text,
                      const char **separator)
{
    if (count > 0) {
        fprintf(out, "%s<a href=\"#%s\">%zu %s</a>", *separator, id, count,
                text);
        *separator = ", ";
    }
}

static void put_verdict(FILE *out, const struct page *page)
{
    bool is_complete = page->made == page->count;
    bool is_good = is_complete && page->too_large == 0;
    const char *separator = "";

    fprintf(out, "<div class=\"verdict%s\"><b>%s</b>", is_good ? "" : " bad",
            is_good       ? "Complete"
            : is_complete ? "Too large"
                          : "Not complete");
    if (is_good) {
        fputs("Every package is there, and none is above a limit.", out);
    }
    put_count(out, page->failed, "failed", "failed", &separator);
    put_count(out, page->missing, "missing", "missing", &separator);
    put_count(out, page->too_large, "toolarge", "too large", &separator);
    fputs("</div>\n", out);
}

// All packages may be more than 32 bits.
static void put_sum(FILE *out, uint64_t sum)
{
    char number[REPORT_NUMBER_SIZE];

    if (sum <= UINT32_MAX) {
        html_fact(out, report_number(number, (uint32_t)sum), "bytes in all");
    } else {
        html_fact(out, report_tenths(number, (double)sum / (1 << 20)),
                  "MiB in all");
    }
}

static void put_facts(FILE *out, const struct page *page)
{
    uint32_t least = UINT32_MAX, most = 0;
    char number[REPORT_NUMBER_SIZE];
    char text[64];
    uint64_t sum = 0;

    for (size_t i = 0; i < page->count; i++) {
        const struct page_pair *pair = &page->pairs[i];

        if (pair->is_made) {
            sum += pair->size;
            least = pair->size < least ? pair->size : least;
            most = pair->size > most ? pair->size : most;
        }
    }
    fputs("<div class=\"facts\">\n", out);
    html_fact(out, report_number(number, (uint32_t)page->release_count),
              "releases");
    snprintf(text, sizeof(text), "%zu of %zu", page->made, page->count);
    html_fact(out,
              page->made == page->count
                  ? report_number(number, (uint32_t)page->count)
                  : text,
              "packages");
    if (page->made > 0) {
        put_sum(out, sum);
        html_fact(out, report_number(number, least), "bytes, the smallest");
        html_fact(out, report_number(number, most), "bytes, the largest");
        html_fact(out, report_number(number, (uint32_t)page->full),
                  "full images among them");
    }
    fputs("</div>\n", out);
}

static void put_heading(FILE *out, const struct page *page)
{
    const char *shard = page_text(page->index, "shard");

    html_head(out);
    fputs(style, out);
    fputs("<title>", out);
    put_name(out, page);
    fputs(" - mkdfota matrix</title>\n</head>\n<body>\n<main>\n<h1>", out);
    put_name(out, page);
    fputs("</h1>\n<p class=\"sub\">From which release to which, and how large",
          out);
    if (shard[0] != 0) {
        fputs("; shard ", out);
        html_escaped(out, shard);
        fputs(" only", out);
    }
    fputs("</p>\n", out);
}

static bool put_page(FILE *out, const struct page *page)
{
    put_heading(out, page);
    put_verdict(out, page);
    put_facts(out, page);
    if (!page_grid(out, page) || !page_chart(out, page)) {
        return false;
    }
    page_why(out, page);
    fputs("</main>\n<footer>", out);
    html_escaped(out, page_text(page->index, "tool"));
    fputs(", release list with SHA-256 ", out);
    html_escaped(out, page_text(page->index, "list_sha256"));
    fputs("; the same for programs: <a href=\"index.json\">index.json</a>"
          "</footer>\n</body>\n</html>\n",
          out);
    return true;
}

enum cli_exit matrix_html_write(const struct out_folder *folder,
                                const cJSON *index)
{
    struct memfile memory;
    struct page page;
    bool ok = page_read(&page, index);

    if (ok && (ok = memfile_open(&memory))) {
        ok = put_page(memory.file, &page);
        ok = memfile_close(&memory) && ok;
    } else {
        memory.data = NULL;
    }
    enum cli_exit status = CLI_IO;

    if (ok) {
        status = out_write(folder, "index.html", "", memory.data, memory.size);
    } else {
        report_error("index.html", "out of memory");
    }
    free(memory.data);
    page_free(&page);
    return status;
}
