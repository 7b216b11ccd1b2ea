# What a machine needs to look at its own store: a static shell, Nix and e2fsprogs, from this machine's Debian packages,
# and a system whose init uses them.
let
  make = name: script: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-euc" ("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n" + script) ];
  };

  # Programs with their libraries, started by a loader of their own: nothing outside the store is needed.
  withLibraries = name: programs: make name ''
    mkdir -p $out/bin $out/lib $out/libexec
    for program in ${programs}; do
      cp -L $(command -v $program) $out/libexec/$program
      cp -L --update $(ldd $out/libexec/$program | grep -o '/[^ ]*') $out/lib
      cat > $out/bin/$program <<END
    #!${busybox}/bin/sh
    exec $out/lib/ld-linux-x86-64.so.2 --argv0 $program --library-path $out/lib $out/libexec/$program "\$@"
    END
      chmod +x $out/bin/$program
    done
  '';

  busybox = make "busybox" ''
    mkdir -p $out/bin
    cp $(command -v busybox) $out/bin
    for applet in $($out/bin/busybox --list); do
      [ $applet = busybox ] || ln -s busybox $out/bin/$applet
    done
  '';
  nix = withLibraries "nix" "nix-store";
  e2fsprogs = withLibraries "e2fsprogs" "resize2fs";
  util-linux = withLibraries "util-linux" "sfdisk partx";

  system = make "system" ''
    mkdir $out
    sed 's,@path@,${busybox}/bin:${nix}/bin:${e2fsprogs}/bin:${util-linux}/bin,; s,@sh@,${busybox}/bin/sh,' ${./init} > $out/init
    chmod +x $out/init
  '';
in
derivation {
  name = "manifest";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  args = [ "-c" "/bin/mkdir $out && /bin/cp closure-system $out" ];
  exportReferencesGraph = [ "closure-system" system ];
}
