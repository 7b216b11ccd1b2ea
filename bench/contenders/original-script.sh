#!/bin/bash
# nixpkgs' make-ext4-fs.nix of 2015, its build command, step by step; only what Nix would have filled in is filled in.
#   original-script.sh NIX PATHS-FROM-GRAPH OUT MANIFEST…     run in a mount namespace of its own
set -eu
nix=$1 pathsFromGraph=$2 out=$3
shift 3
mount --bind "$nix" /nix
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$@" "$work"
cd "$work"
# mke2fs goes by the name that it is called by.
ln -s "$(command -v mke2fs)" mkfs.ext4
PATH=$work:$PATH

storePaths=$(perl $pathsFromGraph closure-*)
printRegistration=1 perl $pathsFromGraph closure-* > nix-path-registration

numInodes=$(find $storePaths | wc -l)
numDataBlocks=$(du -c -B 4096 --apparent-size $storePaths | awk '$2 == "total" { print int($1 * 1.03) }')
bytes=$((2 * 4096 * $numInodes + 4096 * $numDataBlocks))
echo "Creating an EXT4 image of $bytes bytes (numInodes=$numInodes, numDataBlocks=$numDataBlocks)"

truncate -s $bytes $out
faketime "1970-01-01 00:00:00" mkfs.ext4 -L NIXOS -U 44444444-4444-4444-8888-888888888888 $out

(
  echo write nix-path-registration nix-path-registration
  echo mkdir nix
  echo cd /nix
  echo mkdir store

  find $storePaths -printf '%y %f %h %m\n' | while read -r type file dir perms; do
    echo "cd $dir"
    case $type in
      d)
        echo "mkdir $file"
        echo sif $file mode $((040000 | 0$perms))
        ;;
      f)
        echo "write $dir/$file $file"
        echo sif $file mode $((0100000 | 0$perms))
        ;;
      l)
        echo "symlink $file $(readlink "$dir/$file")"
        ;;
      *)
        echo "Unknown entry: $type $dir $file $perms" >&2
        exit 1
        ;;
    esac

    echo sif $file gid 30000
  done
) | faketime "1970-01-01 00:00:00" debugfs -w $out -f /dev/stdin > errorlog 2>&1

if grep -E -q 'Could not allocate|File not found' errorlog; then
  cat errorlog >&2
  exit 1
fi
