/* SPDX-License-Identifier: Apache-2.0 */
#include "unikernel/fs/vnode.h"
#include "unikernel/kernel/time.h"

/* A chain of directories that were removed while somebody was in the innermost goes as a whole. */
void vnode_put(struct vnode *v)
{
    while (v != NULL && __atomic_sub_fetch(&v->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        struct vnode *parent = v->parent;

        v->ops->release(v);
        v = parent;
    }
}

void vnode_touch(struct vnode *v, bool content)
{
    MUTEX_SCOPED(&v->lock);

    v->changed = (int64_t)time_wall_ns();
    if (content) v->modified = v->changed;
}
