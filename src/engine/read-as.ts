/** The stored state of an instance, upcast and parsed, as its machine's own type. @throws UnreadableState */
import { lifecycles, type LiveOf, type MachineName } from '../../machines/lifecycles.ts'
import type { InstanceRow } from '../store/instances.ts'

export function readAs<M extends MachineName>(machine: M, row: InstanceRow): LiveOf<M> {
  return lifecycles[machine].read(row) as LiveOf<M>
}
