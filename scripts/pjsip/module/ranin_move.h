/* What a line and its calls need to change their address (see ranin_move.c). */
#ifndef RANIN_MOVE_H
#define RANIN_MOVE_H

#ifdef __cplusplus
extern "C" {
#endif

/* The account's Contact; empty while it has none. */
const char *ranin_move_contact(int account);

/* Asks the registrar to forget this Contact with the account's next REGISTER; 0, or -1 without a registration. */
int ranin_move_unbind(int account, const char *contact);

/* Uses the account's connection for nothing new: it closes with its last transaction. No matter over UDP. */
void ranin_move_leave(int account);

/* Has a call that is not answered yet use the account's transport and Contact; 0, or -1 if it cannot. */
int ranin_move_early(int call);

/* Gives up a re-INVITE that is under way, and nothing else of the call. */
void ranin_move_abandon(int call);

/* While on, a request that times out does not end its call: it may have been lost with the old way. */
void ranin_move_forbear(int on);

#ifdef __cplusplus
}
#endif
#endif
