import { expect, test } from 'vitest'
import type { CallPermit } from '../calls/admission.ts'
import { CallAdmission, CallType } from '../calls/admission.ts'
import { UsageGauge } from '../calls/usage-gauge.ts'
import { LimitAlarms } from './limit-alarms.ts'

function board() {
  const said: string[] = []
  const alarms = new LimitAlarms({ set: (id, isRaised) => void said.push(`${id} ${isRaised ? 'raised' : 'lowered'}`) })
  return { said, alarms }
}

function admissionWith(licences: { traversal: number; nonTraversal: number }, limits: typeof licences) {
  const { said, alarms } = board()
  const admission = new CallAdmission({
    licences: () => licences,
    limits,
    onChange: (status, refusedFor) => alarms.judgeCalls(status, refusedFor),
  })
  const permits: CallPermit[] = []
  const call = (type: CallType, mLines = 2) => {
    const verdict = admission.admit({ type })
    if (!verdict.admitted) return verdict.reason
    permits.push(verdict.permit)
    verdict.permit.established(mLines)
    return 'admitted'
  }
  return { said, licences, admission, permits, call, alarms }
}

const times = <T>(count: number, action: () => T): T[] => Array.from({ length: count }, action)

test('licences: close at nine tenths, reached at all, lowered further down', () => {
  const { said, call, permits } = admissionWith({ traversal: 10, nonTraversal: 0 }, { traversal: 150, nonTraversal: 9 })
  times(8, () => call(CallType.traversal))
  expect(said).toEqual([])
  call(CallType.traversal)
  expect(said).toEqual(['30001 raised'])
  call(CallType.traversal)
  expect(said.splice(0)).toEqual(['30001 raised', '30020 raised'])
  expect(call(CallType.traversal)).toBe('Traversal call license limit reached')
  permits.pop()!.release()
  call(CallType.traversal)
  expect(said).toEqual([])
  times(2, () => permits.pop()!.release())
  expect(said.splice(0)).toEqual(['30020 lowered'])
  permits.pop()!.release()
  expect(said).toEqual(['30001 lowered'])
})

test('a refusal raises it although half a licence is left', () => {
  const { said, call } = admissionWith({ traversal: 2, nonTraversal: 0 }, { traversal: 150, nonTraversal: 9 })
  call(CallType.traversal, 1)
  call(CallType.traversal, 1)
  call(CallType.traversal, 1)
  said.splice(0)
  expect(call(CallType.traversal, 1)).toContain('license')
  expect(said).toEqual(['30020 raised'])
})

test('without any licence nothing is raised before a call asks for one; installing some lowers it', () => {
  const scene = admissionWith({ traversal: 0, nonTraversal: 0 }, { traversal: 150, nonTraversal: 9 })
  scene.call(CallType.unifiedCmRemoteSession)
  expect(scene.said).toEqual([])
  scene.call(CallType.traversal)
  scene.call(CallType.nonTraversal)
  expect(scene.said.splice(0)).toEqual(['30020 raised', '30019 raised'])
  scene.licences.traversal = 5
  scene.alarms.judgeCalls(scene.admission.status())
  expect(scene.said).toEqual(['30020 lowered'])
})

test('resources of both kinds', () => {
  const { said, call } = admissionWith({ traversal: 0, nonTraversal: 100 }, { traversal: 2, nonTraversal: 1 })
  times(2, () => call(CallType.unifiedCmRemoteSession))
  call(CallType.nonTraversal)
  expect(said).toEqual(['30023 raised', '30002 raised', '30022 raised', '30003 raised'])
})

test('registrations', () => {
  const { said, alarms } = board()
  const gauge = new UsageGauge({
    limit: () => 20,
    onChange: (usage, wasRefused) => alarms.judge('registrations', usage, wasRefused),
  })
  gauge.current = 19
  expect(said).toEqual([])
  gauge.current = 20
  gauge.refuse()
  gauge.current = 18
  expect(said.splice(0)).toEqual(['30014 raised'])
  gauge.current = 17
  expect(said).toEqual(['30014 lowered'])
  expect(gauge.usage()).toEqual({ current: 17, peak: 20, limit: 20, refused: 1 })
})
