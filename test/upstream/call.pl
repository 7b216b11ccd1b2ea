#!/usr/bin/perl
# Stands where e2fsprogs' tests look for a program: has the test's process run ours (server.ts), says what that said.
use strict;
use warnings;
use Socket;

socket(my $server, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
connect($server, pack_sockaddr_un($ENV{STOREIMG_PROGRAMS})) or die "connect: $!";
binmode($_) for $server, *STDOUT, *STDERR;
my ($program) = $0 =~ m{([^/]*)$};
my $folder = readlink '/proc/self/cwd';
my $call = join "\0", $program, $folder, "/proc/$$/fd/0", scalar(@ARGV) + 1, $0, @ARGV, map { "$_=$ENV{$_}" } keys %ENV;
syswrite $server, $call;
shutdown $server, 1;

# Pieces of output, each after its stream and length; stream 0's length is the exit status.
while (read($server, my $head, 8) == 8) {
    my ($stream, $length) = unpack 'VV', $head;
    exit $length if $stream == 0;
    read $server, my ($bytes), $length;
    syswrite $stream == 1 ? *STDOUT : *STDERR, $bytes;
}
die "the program did not end";
