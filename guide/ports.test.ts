import { expect, test } from 'vitest'
import { portRows, unlistedFlows } from './ports.ts'
import { readRegister } from './register.ts'

const statements = new Map(readRegister().map(({ id, statement }) => [id, statement]))

test.each(portRows.map((row) => [row.id, row] as const))(
  '%s says what the register says',
  (id, { to, from, protocol }) => {
    const statement = statements.get(id) ?? ''
    const [first, last] = to.ports as readonly [number, number]
    const port = first === last ? String(first) : last === 65_535 ? `>= ${first}` : `${first}-${last}`
    expect(statement).toMatch(new RegExp(`destination ${port}\\b`))
    expect(statement).toContain(protocol)
    if (from.ports !== 'ephemeral' && from.ports[1] !== 65_535)
      expect(statement).toContain(`source ${from.ports.join('-')}`)
  },
)

test('every row of the register is there', () => {
  const rows = [...statements.keys()].filter((id) => /^PORT-(CE|EO|IN|CU)-/.test(id))
  expect(portRows.map(({ id }) => id)).toEqual(rows)
})

test('answers belong to a flow that is there', () => {
  const known = [...portRows, ...unlistedFlows].map(({ id }) => id)
  for (const { answers } of unlistedFlows) if (answers !== undefined) expect(known).toContain(answers)
})

test('no connection goes from the DMZ or the internet to the inside', () => {
  const inward = portRows.filter(({ from, to }) => from.zone !== 'inside' && to.zone === 'inside')
  expect(inward).toEqual([])
})
