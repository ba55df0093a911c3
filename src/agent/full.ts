/** Thrown when every browser that there may be is promised: another agent may have room, or the same one later. */
export class Full extends Error {
  override readonly name = 'Full'
}
