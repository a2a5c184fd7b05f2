import fc from 'fast-check';

/**
 * The same commit gives the same answer: random tests draw from one seed, unless `CORDON_SEED` names another or asks
 * for a fresh one (`CORDON_SEED=random`). A failure prints the seed that it was found with.
 */
const asked = process.env.CORDON_SEED;
if (asked !== 'random') fc.configureGlobal({ seed: Number(asked) || 20_260_324 });
