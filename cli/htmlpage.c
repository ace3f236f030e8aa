// SPDX-License-Identifier: MIT
// What mkdfota's pages have in common: the style, and how text is put.

#include "htmlpage.h"

#include <stdlib.h>
#include <string.h>

#include "memfile.h"
#include "report.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    ":root{--back:#fcfcfb;--card:#f3f2ef;--ink:#1d1c1a;--soft:#6a6760;"
    "--line:#dddad3;--grid:#e6e3dd;--keep:#c9c5bc;--gone:#f0eeea;"
    "--new:#d1362f;--gap:#f6d5d2;--t1:#2f6fb5;--t2:#e08a1e;--t3:#3a9d73;"
    "--t4:#8659b5;--t5:#c2539b;--t6:#7d7a2a;--t7:#2aa0b8;--t8:#4d5560;"
    "--h0:#f3c9a6;--h1:#eda36e;--h2:#e07b43;--h3:#c9511f;--h4:#8f2d0b}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#191817;--card:#242321;"
    "--ink:#eceae5;--soft:#a29e96;--line:#3a3835;--grid:#2d2b29;"
    "--keep:#5b5852;--gone:#262522;--new:#f0645a;--gap:#4a2623;--t1:#5f9ee0;"
    "--t2:#efa643;--t3:#57bd91;--t4:#aa83d6;--t5:#e07dbd;--t6:#b5b04f;"
    "--t7:#4fc1d8;--t8:#93a0b3;--h0:#5e3421;--h1:#86431f;--h2:#b55a26;"
    "--h3:#e17f40;--h4:#ffb27d}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1120px;padding:28px 32px 60px;"
    "background:var(--back);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\","
    "sans-serif}\n"
    "h1{font-size:23px;line-height:1.25;margin:0 0 4px;font-weight:650;"
    "overflow-wrap:anywhere}\n"
    "h2{font-size:16px;margin:36px 0 10px;font-weight:650}\n"
    ".sub{color:var(--soft);margin:0 0 22px}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:12px 30px;margin:0 0 24px}\n"
    ".facts div{min-width:84px}.facts b{display:block;font-size:20px;"
    "font-weight:600;font-variant-numeric:tabular-nums}\n"
    ".facts span{color:var(--soft);font-size:13px}\n"
    ".verdict{padding:14px 18px;border-radius:4px;margin:0 0 22px;"
    "background:var(--card);border-left:6px solid var(--t3)}\n"
    ".verdict.bad{border-color:var(--new)}\n"
    ".verdict b{display:block;font-size:20px}\n"
    "ol.advice{list-style:none;margin:0;padding:0;display:grid;gap:8px}\n"
    ".advice li{background:var(--card);border-radius:4px;padding:10px 16px;"
    "display:grid;grid-template-columns:132px 1fr;gap:4px 18px}\n"
    ".advice b{font-variant-numeric:tabular-nums;font-weight:650}\n"
    ".advice b small{display:block;color:var(--soft);font-weight:400;"
    "font-size:12px}\n"
    "svg{display:block;width:100%;height:auto;overflow:visible}\n"
    "svg text{font-size:12.5px;fill:var(--ink)}svg .note{font-size:11px;"
    "fill:var(--soft)}\n"
    ".grid{stroke:var(--grid);fill:none}.axis{stroke:var(--soft);fill:none}\n"
    ".band{opacity:.5}.band.s0{opacity:.38}.band:hover{opacity:.95}\n"
    ".s0{fill:var(--keep)}.s1{fill:var(--t1)}.s2{fill:var(--t2)}"
    ".s3{fill:var(--t3)}.s4{fill:var(--t4)}.s5{fill:var(--t5)}"
    ".s6{fill:var(--t6)}.s7{fill:var(--t7)}.s8{fill:var(--t8)}\n"
    ".new{fill:var(--new)}.gap{fill:var(--gap)}"
    ".gone{fill:var(--gone);stroke:var(--line);stroke-width:.5}\n"
    ".h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}"
    ".h3{fill:var(--h3)}.h4{fill:var(--h4)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:12px 0 0;"
    "font-size:13px;color:var(--soft)}\n"
    ".legend i{display:inline-block;width:12px;height:12px;margin-right:6px;"
    "vertical-align:-1px;border-radius:2px}\n"
    "i.s0{background:var(--keep)}i.s1{background:var(--t1)}"
    "i.s2{background:var(--t2)}i.s3{background:var(--t3)}"
    "i.s4{background:var(--t4)}i.s5{background:var(--t5)}"
    "i.s6{background:var(--t6)}i.s7{background:var(--t7)}"
    "i.s8{background:var(--t8)}i.new{background:var(--new)}"
    "i.gap{background:var(--gap)}"
    "i.gone{background:var(--gone);border:1px solid var(--line)}"
    "i.corrected{background:var(--t2)}i.hit{background:var(--keep)}\n";

// A text of its own: C has no longer ones.
static const char tables[] =
    ".scroll{overflow-x:auto}.scroll svg{min-width:720px;overflow:hidden}\n"
    "table{border-collapse:collapse;width:100%;font-size:13.5px;"
    "font-variant-numeric:tabular-nums}\n"
    "th{font-weight:500;color:var(--soft);text-align:right;"
    "padding:4px 12px 4px 0;border-bottom:1px solid var(--line);"
    "white-space:nowrap}\n"
    "td{text-align:right;padding:3px 12px 3px 0;"
    "border-bottom:1px solid var(--grid);white-space:nowrap}\n"
    "th.l,td.l{text-align:left}td.n{text-align:left;white-space:normal;"
    "overflow-wrap:anywhere;min-width:11em;font-family:ui-monospace,\"DejaVu "
    "Sans Mono\","
    "monospace;font-size:12.5px}\n"
    "td.b{width:34%;padding-right:0}\n"
    ".bar{display:flex;height:11px}.bar i{display:block;height:100%}"
    ".bar i:first-child{border-radius:2px 0 0 2px}"
    ".bar i:last-child{border-radius:0 2px 2px 0}\n"
    ".bar .c{background:var(--t1)}\n"
    "footer{margin-top:36px;color:var(--soft);font-size:13px}\n"
    "@media(max-width:640px){body{padding:18px 16px}"
    ".advice li{grid-template-columns:1fr}}\n"
    "</style>\n";

void html_head(FILE *out)
{
    fputs(head, out);
    fputs(tables, out);
}

void html_escaped(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default:
            // A path may have anything in it.
            fputc((unsigned char)*text < 0x20 ? '?' : *text, out);
        }
    }
}

void html_address(FILE *out, const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *name != 0; name++) {
        fprintf(out, strchr(plain, *name) != NULL ? "%c" : "%%%02X",
                (unsigned char)*name);
    }
}

const char *html_short_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != 0 ? slash + 1 : report_name(path);
}

void html_fact(FILE *out, const char *value, const char *name)
{
    fputs("<div><b>", out);
    html_escaped(out, value);
    fprintf(out, "</b><span>%s</span></div>\n", name);
}

enum cli_exit html_write(const struct cli *cli, struct file_output *output,
                         void (*put)(FILE *out, const void *context),
                         const void *context)
{
    struct memfile page;
    bool ok = memfile_open(&page);

    if (ok) {
        put(page.file, context);
        ok = memfile_close(&page);
    }
    if (!ok) {
        report_error("--html", "out of memory");
        file_discard(output);
        free(page.data);
        return CLI_IO;
    }
    enum cli_exit status =
        file_commit(output, (const uint8_t *)page.data, page.size);
    free(page.data);
    if (status == CLI_DONE && !cli->is_quiet) {
        fprintf(stderr, "%s: %zu bytes\n", report_output_name(cli->html_path),
                page.size);
    }
    return status;
}
