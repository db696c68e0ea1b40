#include "bot/core/outbox_private.h"

/* A bucket that lets `burst` through at once and in no minute more than `per_minute`. */
struct rate rate_per_minute(int burst, int per_minute)
{
    if (per_minute <= 0)
        return (struct rate){ 0 };
    int most = MAX(1, per_minute / 2);
    double size = CLAMP(burst, 1, most);
    return (struct rate){ .burst = size, .per_ms = MAX(per_minute - size, 0.5) / 60000.0 };
}

/* The same for a second; a tenth of it may go at once. */
struct rate rate_per_second(double per_second)
{
    if (per_second <= 0)
        return (struct rate){ 0 };
    double size = MAX(1.0, per_second / 10.0);
    return (struct rate){ .burst = size, .per_ms = MAX(per_second - size, per_second / 2.0) / 1000.0 };
}

/* Brings a bucket up to now. */
static void fill(struct bucket *bucket, const struct rate *rate, int64_t now)
{
    if (bucket->at == 0)
        bucket->tokens = rate->burst;
    else if (now > bucket->at)
        bucket->tokens = MIN(rate->burst, bucket->tokens + (double)(now - bucket->at) * rate->per_ms);
    bucket->at = MAX(now, bucket->at);
}

int64_t bucket_wait(struct bucket *bucket, const struct rate *rate, int64_t now)
{
    if (rate->burst == 0)
        return 0;
    fill(bucket, rate, now);
    if (bucket->tokens >= 1.0 - 1e-9)
        return 0;
    return (int64_t)((1.0 - bucket->tokens) / rate->per_ms) + 1;
}

void bucket_take(struct bucket *bucket, const struct rate *rate, int64_t now)
{
    if (rate->burst == 0)
        return;
    fill(bucket, rate, now);
    bucket->tokens -= 1.0;
}

bool bucket_full(struct bucket *bucket, const struct rate *rate, int64_t now)
{
    if (rate->burst == 0 || bucket->at == 0)
        return true;
    fill(bucket, rate, now);
    return bucket->tokens >= rate->burst;
}

int64_t backoff_ms(int tries, int64_t seed)
{
    int64_t whole = MIN((int64_t)1000 << CLAMP(tries, 0, 20), 300000);
    guint64 mixed = ((guint64)seed + (guint64)tries) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return whole * 3 / 4 + (int64_t)((mixed >> 33) % (guint64)(whole / 4 + 1));
}
