/** A value that may be left out: null in the file, `none` in the environment and in flags. */
import { z } from 'zod'

export const none = <T extends z.ZodType>(schema: T) => z.union([schema, z.null()])
