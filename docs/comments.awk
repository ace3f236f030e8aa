# SPDX-License-Identifier: MIT
# Shows the comments of our headers to Doxygen, which reads /// and ///< only.
# The head of a file, comments right above a declaration, and comments behind
# code are for the pages; rulers, and comments above fields that have one of
# their own, are for readers of the header.

# Whether the comment that is held back is of the code in the next line.
function flush_comment(is_documentation,    i) {
    for (i = 1; i <= held; i++) {
        print (is_documentation ? "///" : "//") text[i]
    }
    held = 0
}

# Lines of a program in a comment are those with three blanks, after a gap.
function hold(comment) {
    is_program = comment ~ /^   / && (is_program || last ~ /^ *$/)
    last = comment
    text[++held] = (is_program ? "  " : "") comment
}

NR == 1 { print "/// @file"; is_head = 1; next }

/^ *\/\// && index($0, "//") == column { # goes on behind code
    sub(/\/\//, "///<")
    print
    next
}
/^ *\/\/ ---/ { flush_comment(0); print ""; next }
/^ *\/\// { sub(/^ *\/\//, ""); hold($0); column = 0; next }

{
    behind = match($0, /[^ ] *\/\/ /)
    flush_comment(is_head || ($0 != "" && !behind))
    is_head = 0
    last = ""
    column = 0
    if (behind && !/^struct [a-z_]*;/) { # what it declares is not public
        column = index($0, "// ")
        sub(/\/\/ /, "///< ")
    }
    if ($0 ~ /^#define [A-Z_]*_H$/) { # the guard
        $0 = ""
    }
    print
}
