/* SPDX-License-Identifier: Apache-2.0 */
#include "mvm/libshyper/profile_sched.h"

#include <string.h>

#define BUDGET_MAX_PCT 90 /* what the hypervisor promises of one CPU, see docs/profile.md */

static void take_class(struct reader *r, json_t *object)
{
    static const char *const names[] = {
        [SHYPER_CLASS_FAIR] = "fair",
        [SHYPER_CLASS_REALTIME] = "realtime",
        [SHYPER_CLASS_EXCLUSIVE] = "exclusive",
    };
    const char *s;

    if (!read_string(r, object, "class", OPTIONAL, &s)) { return; }
    for (uint32_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(s, names[i]) == 0) {
            r->p->sched_class = i;
            return;
        }
    }
    (void)reader_refuse(r, "class", "has to be \"fair\", \"realtime\" or \"exclusive\"");
}

/* A number that only one class has. */
static void take_number(struct reader *r, json_t *object, const char *key, uint32_t class,
                        bool needed, int64_t min, int64_t max, uint32_t *out)
{
    int64_t n;

    if (r->p->sched_class == class) {
        if (read_int(r, object, key, needed, min, max, &n)) { *out = (uint32_t)n; }
    } else if (read_member(r, object, key, OPTIONAL) != NULL) {
        (void)reader_refuse(r, key, "belongs to \"class\": \"%s\"",
                            class == SHYPER_CLASS_FAIR ? "fair" : "realtime");
    }
}

void profile_sched_take(struct reader *r, json_t *object)
{
    struct profile *p = r->p;

    take_class(r, object);
    take_number(r, object, "weight", SHYPER_CLASS_FAIR, OPTIONAL, SHYPER_WEIGHT_MIN,
                SHYPER_WEIGHT_MAX, &p->weight);
    take_number(r, object, "priority", SHYPER_CLASS_REALTIME, NEEDED, 0, SHYPER_PRIORITY_MAX,
                &p->priority);
    take_number(r, object, "budget_us", SHYPER_CLASS_REALTIME, NEEDED, 1, SHYPER_PERIOD_US_MAX,
                &p->budget_us);
    take_number(r, object, "period_us", SHYPER_CLASS_REALTIME, NEEDED, SHYPER_PERIOD_US_MIN,
                SHYPER_PERIOD_US_MAX, &p->period_us);
    if (p->period_us != 0 && p->budget_us * 100 > p->period_us * BUDGET_MAX_PCT) {
        (void)reader_refuse(r, "budget_us", "is %u, more than %d %% of period_us (%u)",
                            p->budget_us, BUDGET_MAX_PCT, p->period_us);
    }
}
