/**
 * The helper process as a Perl program, see helper-protocol.ts. Perl is part of Debian, Ubuntu and macOS; its interpreter is a
 * tenth of the size of Node's, which makes it half as fast again at starting commands. Where it is missing, node-helper.ts does the same.
 */
export const PERL_HELPER = String.raw`
use strict;
# The modules that define these would add a quarter to the memory that each fork copies.
sub WNOHANG { 1 }
sub EINTR { 4 }
my ($in, %id_of) = ('');
pipe(my $wake, my $wakened) or die;
$SIG{CHLD} = sub { syswrite($wakened, 'x') };
$SIG{PIPE} = 'IGNORE';

# Ends without the clean-up of the parent's interpreter.
sub not_started { exec '/bin/sh', '-c', 'exit 127' }

sub say_line { syswrite(STDOUT, $_[0] . "\n") }

sub reap {
  my $lines = '';
  while ((my $pid = waitpid(-1, WNOHANG)) > 0) {
    my ($code, $signal) = ($? >> 8, $? & 127);
    my $id = delete $id_of{$pid};
    $lines .= "exited $id $code $signal\n" if defined $id;
  }
  syswrite(STDOUT, $lines) if $lines ne '';
}

# Parent and child both make the group, so that it exists whoever runs first.
sub start {
  my ($id, $folder, $stdout, $stderr, $count, @rest) = split(/\0/, $_[0], -1);
  my @env = splice(@rest, 0, $count);
  my $pid = fork();
  if (!defined $pid) { say_line("exited $id 127 0"); return; }
  if ($pid == 0) {
    $SIG{CHLD} = $SIG{PIPE} = 'DEFAULT';
    setpgrp(0, 0);
    open(STDIN, '<', '/dev/null');
    open(STDOUT, '>', $stdout) or not_started();
    open(STDERR, '>', $stderr) or not_started();
    for (@env) { my ($name, $value) = split(/=/, $_, 2); $ENV{$name} = $value; }
    if (!chdir($folder)) { syswrite(STDERR, "$folder: $!\n"); not_started(); }
    exec { $rest[0] } @rest;
    syswrite(STDERR, "$rest[0]: $!\n");
    not_started();
  }
  setpgrp($pid, $pid);
  $id_of{$pid} = $id;
  say_line("started $id $pid");
}

sub finish {
  kill('TERM', -$_, $_) for keys %id_of;
  for (1 .. $ENV{CAPSTAN_HELPER_GRACE_MS} / 20) {
    reap(); last if !%id_of;
    select(undef, undef, undef, 0.02);
  }
  kill('KILL', -$_, $_) for keys %id_of;
  exit 0;
}

say_line('ready');
for (;;) {
  my $ready = '';
  vec($ready, $_, 1) = 1 for fileno(STDIN), fileno($wake);
  next if select($ready, undef, undef, undef) < 0;
  if (vec($ready, fileno($wake), 1)) { sysread($wake, my $ignored, 4096); reap(); }
  next if !vec($ready, fileno(STDIN), 1);
  my $count = sysread(STDIN, $in, 65536, length $in);
  next if !defined $count && $! == EINTR;
  finish() if !$count;
  while ($in =~ /^(\d+)\n/) {
    my ($begin, $size) = ($+[0], $1);
    last if length($in) < $begin + $size;
    start(substr($in, $begin, $size));
    $in = substr($in, $begin + $size);
  }
}
`;
