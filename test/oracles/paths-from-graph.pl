# What nixpkgs' pathsFromGraph makes of exportReferencesGraph files: their store paths, or with printRegistration=1
# the input of `nix-store --load-db`.
use strict;
use warnings;

my %references;
while (defined(my $path = <>)) {
    chomp $path;
    <>;    # the deriver
    my $count = <>;
    $references{$path} = [map { scalar <> } 1 .. $count];
}
for my $path (sort keys %references) {
    print "$path\n";
    next unless $ENV{printRegistration};
    my @of = @{ $references{$path} };
    print '0' x 64, "\n0\n\n", scalar @of, "\n", @of;
}
