// `import.js MODULE …`: imports them, tells which files that took, and ends.
// eslint-disable-next-line @typescript-eslint/no-require-imports -- what is to be imported is said by whoever measures it
for (const name of process.argv.slice(2)) require(name);
process.stdout.write(JSON.stringify(Object.keys(require.cache).filter((file) => file !== __filename)));
