import { expect, test } from 'vitest'
import type { CallPermit } from './admission.ts'
import { CallAdmission, CallType } from './admission.ts'
import { installationSizes } from './installation-size.ts'

function admissionWith(traversal: number, nonTraversal = 0) {
  return new CallAdmission({ licences: () => ({ traversal, nonTraversal }), limits: installationSizes.standard })
}

function permitOf(admission: CallAdmission, mLines?: number): CallPermit {
  const verdict = admission.admit({ type: CallType.traversal })
  if (!verdict.admitted) throw new Error(verdict.reason)
  if (mLines !== undefined) verdict.permit.established(mLines)
  return verdict.permit
}

const used = (admission: CallAdmission) => admission.status().traversalLicences.current

test('an audio-only call holds a whole license in set-up, half of one from then on, none at its end', () => {
  const admission = admissionWith(1)
  const permit = permitOf(admission)
  expect(used(admission)).toBe(1)
  permit.established(1)
  expect(used(admission)).toBe(0.5)
  permit.release()
  permit.release()
  permit.established(2)
  expect(admission.status()).toMatchObject({
    traversalLicences: { current: 0, peak: 1, limit: 1, refused: 0 },
    traversalCalls: { current: 0, peak: 1, refused: 0, audio: 0, video: 0, inSetUp: 0 },
    traversalResources: { current: 0, peak: 1, limit: 150 },
  })
})

test('a second m-line needs the other half, which is held while it is offered', () => {
  const admission = admissionWith(2)
  const first = permitOf(admission, 1)
  const second = permitOf(admission, 1)
  expect(first.mayCarry(2)).toBe(true)
  expect(used(admission)).toBe(1.5)
  expect(second.mayCarry(2)).toBe(true)
  first.declined()
  expect(used(admission)).toBe(1.5)
  second.established(2)
  expect(used(admission)).toBe(1.5)
  second.established(1)
  expect(used(admission)).toBe(1)
})

test('without the other half the call stays as it is', () => {
  const admission = admissionWith(2)
  const [voice] = [permitOf(admission, 1), permitOf(admission, 1)]
  permitOf(admission, 2)
  expect(voice!.mayCarry(1)).toBe(true)
  expect(voice!.mayCarry(2)).toBe(false)
  voice!.declined()
  expect(admission.status()).toMatchObject({
    traversalLicences: { current: 2, refused: 1 },
    traversalCalls: { audio: 2 },
  })
})

test.each([
  [CallType.unifiedCmRemoteSession, 'SIP', 'Traversal call resource limit reached'],
  [CallType.traversal, 'interworked', 'Traversal call resource limit reached'],
  [CallType.traversal, 'Lync B2BUA', 'Non-traversal call resource limit reached'],
  [CallType.nonTraversal, 'SIP', 'Non-traversal call resource limit reached'],
] as const)('%s (%s) is refused with 503 and a reason', (type, carriage, reason) => {
  const admission = new CallAdmission({
    licences: () => ({ traversal: 9, nonTraversal: 9 }),
    limits: { traversal: 0, nonTraversal: 0 },
  })
  expect(admission.admit({ type, carriage })).toEqual({ admitted: false, reason, status: 503 })
})
