import { expect, it } from 'vitest'
import { installationSizes } from '../../calls/installation-size.ts'
import { mostStreamsOfVcs, OpenStreams } from './open-streams.ts'

it('has room for every call of a Large VM with all the streams that a call may have', async () => {
  const streams = new OpenStreams<{ close(): Promise<void> }>(mostStreamsOfVcs)
  const wanted = 8 * installationSizes['Large VM'].traversal
  for (let opened = 0; opened < wanted; opened++) await streams.add(async () => ({ close: async () => {} }))
  expect(streams.all.size).toBe(wanted)
  await streams.stop()
  expect(await streams.add(async () => ({ close: async () => {} }))).toMatchObject({ refusal: expect.anything() })
})
