# SPDX-License-Identifier: MIT
# Completion of mkdfota's command line for bash.

_mkdfota() {
    local word=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=make options i
    COMPREPLY=()

    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        make | apply | info | verify | sign | explain | simulate | matrix | convert | extract)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $previous in
    --codec)
        mapfile -t COMPREPLY < <(compgen -W "range deflate" -- "$word")
        return
        ;;
    --arch)
        mapfile -t COMPREPLY < <(
            compgen -W "auto none thumb a32 a64 riscv xtensa avr big-endian" \
                -- "$word"
        )
        return
        ;;
    --minimize)
        mapfile -t COMPREPLY < <(compgen -W "size wear" -- "$word")
        return
        ;;
    --format)
        mapfile -t COMPREPLY < <(
            compgen -W "auto raw elf ihex srec uf2 esp mcuboot" -- "$word"
        )
        return
        ;;
    --estimate)
        mapfile -t COMPREPLY < <(
            compgen -W "air724 ec618" -- "$word"
            compgen -f -- "$word"
        )
        return
        ;;
    --ram | --try-ram | --scratch | --erase-block | --top | --base | --product | --from-version | --to-version | --counter | \
        --seed | --max-size | --fail-over | --part-ids | --unmanaged | -j | --threads)
        return
        ;;
    --shard)
        mapfile -t COMPREPLY < <(compgen -W "auto 1/2 2/2" -- "$word")
        return
        ;;
    --cache)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return
        ;;
    --cuts)
        mapfile -t COMPREPLY < <(compgen -W "all" -- "$word")
        return
        ;;
    -o | --output | --html | --key | --old | --new | --signature | --layout | --baseline)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    esac
    case $command in
    make | convert)
        options="--output --codec --ram --base --arch --format --in-place --scratch
            --erase-block --layout --minimize --key --product --from-version --to-version
            --counter --part-ids --unmanaged --threads --force --quiet --verbose
            -1 -2 -3 -4 -5 -6 -7 -8 -9"
        ;;
    apply) options="--output --key --format --in-place --force --quiet" ;;
    info) options="--estimate --json" ;;
    verify) options="--old --new --key --format --quiet" ;;
    sign) options="--key --digest --signature --output --force --quiet" ;;
    explain)
        options="--html --json --top --ram --try-ram --base --arch --format --threads
            --force --quiet -1 -2 -3 -4 -5 -6 -7 -8 -9"
        ;;
    simulate)
        options="--old --layout --cuts --seed --key --format --html --json --threads
            --force --quiet"
        ;;
    matrix)
        options="--output --threads --shard --merge --cache --max-size --fail-over
            --baseline --dry-run --quiet"
        ;;
    extract) options="--output --list --json --force --quiet" ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(
            compgen -W "$options --help --version" -- "$word"
        )
    elif ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(
            compgen -W "make apply info verify sign explain simulate matrix convert extract" -- "$word"
            compgen -f -- "$word"
        )
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

complete -o filenames -F _mkdfota mkdfota
