# The closure behind "Try a sample": four store paths that refer to each other, with each kind of entry that a store has.
let
  build = name: script: inputs: derivation ({
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "set -eu; PATH=/usr/bin:/bin; ${script}" ];
  } // inputs);

  greeting = build "greeting-1.0" ''
    mkdir -p $out/share/greeting $out/lib
    echo 'Hello from a Nix store!' > $out/share/greeting/hello.txt
    echo 'Bonjour, Hallo, こんにちは' > "$out/share/greeting/in other words.txt"
    seq 50000 > $out/lib/numbers
  '' { };

  hello = build "hello-1.0" ''
    mkdir -p $out/bin
    printf '#!/bin/sh\nexec cat %s/share/greeting/hello.txt\n' $greeting > $out/bin/hello
    chmod 755 $out/bin/hello
    ln -s hello $out/bin/hi
  '' { inherit greeting; };

  manual = build "hello-manual-1.0" ''
    mkdir -p $out/share/doc/hello
    echo "Run $hello/bin/hello, or its short form hi. This text is $out/share/doc/hello/README." > $out/share/doc/hello/README
  '' { inherit hello; };

  root = build "sample-system" ''
    mkdir -p $out/sw $out/var
    ln -s $hello/bin $out/sw/bin
    ln -s $manual/share $out/sw/share
    printf '#!/bin/sh\nexec %s/sw/bin/hello\n' $out > $out/init
    chmod 755 $out/init
  '' { inherit hello manual; };
in
build "sample" ''
  mkdir $out
  cp closure-sample $out
  echo $root > $out/root
'' {
  inherit root;
  exportReferencesGraph = [ "closure-sample" root ];
}
