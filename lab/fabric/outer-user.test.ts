import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { canMakeNamespaces } from './private.ts'
import { outerUser, translate } from './outer-user.ts'

test('ids are translated by the line that holds them', () => {
  expect(translate(0, '         0      65534          1\n')).toBe(65534)
  expect(translate(1005, '0 1000 1\n1 100000 65536\n')).toBe(101_004)
  expect(translate(0, '         0          0 4294967295\n')).toBe(0)
  expect(translate(65534, '0 1000 1\n')).toBe(65534)
})

test.skipIf(!canMakeNamespaces())('root of a private namespace is the user who made it', () => {
  const module = new URL('./outer-user.ts', import.meta.url).href
  const program = `console.log((await import('${module}')).outerUser(), process.getuid())`
  const words = ['--user', '--map-user=4711', '--net', process.execPath, '--no-warnings', '-e', program]
  const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8' })
  expect(stdout.trim(), stderr).toBe(`${outerUser()} 4711`)
})
