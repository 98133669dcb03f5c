/** What a person is told of an account that acts as them. */
export type AccountNews = 'reset' | 'linked';
