import { made } from '../../receivers.js';

export const dynamic = 'force-dynamic';
export const GET = () => new Response(made().seen());
