import * as v from 'valibot'
import { readConfiguration } from '#runtime/configuration.ts'
import { contradictionsOf } from './configuration/contradictions.ts'
import type { UnifiedCmConfiguration } from './configuration/document.ts'
import { completeDocument } from './configuration/document.ts'

export type { UnifiedCmConfiguration } from './configuration/document.ts'

const schema = v.pipe(
  completeDocument,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const { key, index, says } of contradictionsOf(dataset.value)) {
      const input: unknown[] = dataset.value[key]
      addIssue({
        message: says,
        path: [
          { type: 'object', origin: 'value', input: dataset.value, key, value: input },
          { type: 'array', origin: 'value', input, key: index, value: undefined },
        ],
      })
    }
  }),
)

export type UserConfiguration = UnifiedCmConfiguration['users'][number]
export type DeviceConfiguration = UnifiedCmConfiguration['devices'][number]
export type ServerConfiguration = UnifiedCmConfiguration['servers'][number]
export type PhoneSecurityProfile = UnifiedCmConfiguration['phoneSecurityProfiles'][number]

/** Reads a configuration into a frozen value; throws `ConfigurationError` with every problem and its path. */
export function readUnifiedCmConfiguration(document: unknown): UnifiedCmConfiguration {
  return readConfiguration('Unified CM', schema, document)
}
