import fc from 'fast-check'
import { expect, test } from 'vitest'
import { select } from './sql.ts'

const database = {
  securityprofile: {
    columns: ['name', 'tkdevicesecuritymode'],
    rows: [
      { name: "o'clock", tkdevicesecuritymode: 3 },
      { name: 'jabber', tkdevicesecuritymode: 3 },
      { name: 'clear', tkdevicesecuritymode: 1 },
    ],
  },
  tcaliases: { columns: ['tcalias', 'isprimary'], rows: [{ tcalias: 'a', isprimary: true }] },
}

const names = (sql: string) => {
  const answer = select(sql, database)
  return answer.ok ? answer.rows.map((row) => row['name']) : answer.refusal.code
}

test.each<[string, unknown]>([
  ['select name from securityprofile where tkdevicesecuritymode=3', ["o'clock", 'jabber']],
  ["SELECT p.name FROM securityprofile AS p WHERE p.tkdevicesecuritymode = 3 AND p.name LIKE 'j%'", ['jabber']],
  ["select name from securityprofile where name = 'o''clock'", ["o'clock"]],
  ["select name from securityprofile where name in ('clear','jabber') order by name desc;", ['jabber', 'clear']],
  ['select name from securityprofile where tkdevicesecuritymode <> 3', ['clear']],
  ['select distinct tkdevicesecuritymode from securityprofile', [undefined, undefined]],
  ["select name from securityprofile where name = 'x' and", -201],
  ['select name securityprofile', -201],
  ['select name from securityprofile; drop table device', -201],
  ['select name from enduser', -206],
  ['select password from securityprofile', -217],
  ['select e.name from securityprofile p', -217],
])('%s', (sql, expected) => expect(names(sql)).toEqual(expected))

test('all columns, booleans as the database has them', () => {
  expect(select("select * from tcaliases where isprimary='t'", database)).toEqual({
    ok: true,
    rows: [{ tcalias: 'a', isprimary: true }],
  })
})

test('whatever is asked there is an answer', () => {
  const word = fc.constantFrom(
    'select',
    'from',
    'where',
    'name',
    'securityprofile',
    '*',
    ',',
    '=',
    "'x'",
    '(',
    'like',
    '%',
    '',
  )
  fc.assert(fc.property(fc.array(word, { maxLength: 12 }), (words) => void select(words.join(' '), database)))
})
