#!/usr/bin/env node
// Plain JavaScript for any Node: finds Node 24 and runs cli/main.ts under it, with that Node's folder first in PATH.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

if (Number(process.versions.node.split('.')[0]) >= 24) {
  process.argv[1] = main
  await import(main)
} else {
  const node = findNode24()
  if (node === undefined) {
    console.error(
      `mra needs Node 24; this is ${process.version} and the package node-linux-${process.arch} is not installed.\n` +
        'Run "npm ci" without --omit=optional, or start it with Node 24.',
    )
    process.exit(3)
  }
  const path = dirname(node) + delimiter + (process.env.PATH ?? '')
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, PATH: path } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}

function findNode24() {
  try {
    return createRequire(import.meta.url).resolve(`node-linux-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}
