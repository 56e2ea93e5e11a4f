// What a process costs that imports nothing.
process.stdout.write('0');
