"""A made-up province: nobody in it exists, and why each of its venues is silent is known beforehand."""
