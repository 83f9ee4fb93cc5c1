import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRegister } from '#guide/register.ts'

const statements = readRegister()
const verdictOf = new Map(statements.map(({ id, verdict }) => [id, verdict]))

/** Tags of every scenario, with where they stand. */
function tagLines(): { place: string; ids: string[]; tags: string[] }[] {
  return globSync('*.feature', { cwd: import.meta.dirname }).flatMap((file) =>
    readFileSync(join(import.meta.dirname, file), 'utf8')
      .split('\n')
      .map((line, index) => ({ line: line.trim(), place: `${file}:${index + 1}` }))
      .filter(({ line }) => line.startsWith('@'))
      .map(({ line, place }) => {
        const tags = line.split(/\s+/).map((tag) => tag.slice(1))
        return { place, tags, ids: tags.filter((tag) => /^[A-Z]+(-[A-Z0-9]+)*-\d\d$/.test(tag)) }
      }),
  )
}

const otherTags = /^(slow|private|private-fabric|needs:[a-z]+|fault:[a-z0-9-]+|known-gap\(.+\)|process)$/

test('each id stands in the register once', () => {
  expect(verdictOf.size).toBe(statements.length)
})

test('every tag is an id of the register or one of the few others', () => {
  const unknown = tagLines().flatMap(({ place, tags }) =>
    tags.filter((tag) => !verdictOf.has(tag) && !otherTags.test(tag)).map((tag) => `${place} @${tag}`),
  )
  expect(unknown).toEqual([])
})

test('a scenario carries at most four ids', () => {
  expect(tagLines().filter(({ ids }) => ids.length > 4)).toEqual([])
})

test('"by scenario" is the verdict of exactly the ids that scenarios carry', () => {
  const tagged = new Set(tagLines().flatMap(({ ids }) => ids))
  const settled = statements.filter(({ verdict }) => verdict === 'by scenario').map(({ id }) => id)
  expect([...tagged].sort()).toEqual(settled.sort())
})

test('what no scenario can prove has a reason', () => {
  const unreasoned = statements.filter(
    ({ verdict, reason }) => (verdict === 'documentation' || verdict === 'out of scope') && !reason,
  )
  expect(unreasoned).toEqual([])
})
