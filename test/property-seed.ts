import fc from 'fast-check';

// one seed for all, so that a change alone decides whether the tests pass; `npm run test:properties` tries others
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_129) });
